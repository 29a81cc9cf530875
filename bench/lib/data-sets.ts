import { spawnSync } from 'node:child_process';
import { existsSync, linkSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { capture } from './capture.ts';

/** How often each ImageNet photo appears, so that an epoch of 100 photos is not over at once. */
const COPIES = 10;

function unpack(archive: string, folder: string): void {
  mkdirSync(folder, { recursive: true });
  const { status } = spawnSync('tar', ['-xf', archive, '-C', folder], { stdio: 'inherit' });
  if (status !== 0) throw new Error(`Expected a tar archive, got ${archive}.`);
}

/** JPEG files anywhere below a folder. */
function jpegs(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /\.jpe?g$/i.test(name));
}

/**
 * ImageNet photos as class folders, which torchvision's ImageFolder wants: two of them, with ten links to each photo.
 */
export function layPhotos(source: string, folder: string): string {
  const files = join(folder, 'files');
  if (statSync(source).isDirectory()) mkdirSync(files);
  else unpack(source, files);
  const from = statSync(source).isDirectory() ? source : files;
  const out = join(folder, 'photos');
  for (const [i, name] of jpegs(from).entries()) {
    const place = join(out, `class${i % 2}`);
    mkdirSync(place, { recursive: true });
    for (let copy = 0; copy < COPIES; copy++) linkOrCopy(join(from, name), join(place, `${i}-${copy}.jpg`));
  }
  return out;
}

function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    const { status } = spawnSync('cp', [from, to], { stdio: 'inherit' });
    if (status !== 0) throw new Error(`Could not copy ${from}.`);
  }
}

/** The photos packed by `cl-data pack`, and the same files unpacked into class folders again, for torchvision. */
export async function packPhotos(photos: string, folder: string, format: 'jpeg' | 'raw'): Promise<string> {
  const out = join(folder, `packed-${format}`);
  await capture(process.execPath, [
    join('bin', 'cl-data.js'),
    ...['pack', photos, out, '--size', '256', '--format', format, '--quiet'],
  ]);
  return out;
}

/** Packed images as class folders, for torchvision. */
export function unpackShards(shards: string, folder: string): string {
  const flat = join(folder, 'unpacked');
  for (const name of readdirSync(shards).filter((each) => each.endsWith('.tar'))) unpack(join(shards, name), flat);
  const out = join(folder, 'unpacked-classes');
  for (const [i, name] of jpegs(flat).entries()) {
    const place = join(out, `class${i % 2}`);
    mkdirSync(place, { recursive: true });
    linkOrCopy(join(flat, name), join(place, `${i}.jpg`));
  }
  return out;
}

/** The path that an environment variable names, or undefined with a line that says what is left out. */
export function givenPath(variable: string, what: string): string | undefined {
  const path = process.env[variable];
  if (path !== undefined && existsSync(path)) return path;
  console.error(
    `Left out: ${what}. Set ${variable} to use it${path === undefined ? '' : `; there is nothing at ${path}`}.`,
  );
  return undefined;
}
