import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { decodeResized } from '../../src/data/pixels/crops.ts';
import { type HostTensor, uint8 } from '../../src/runtime/host-tensor.ts';
import { givenPath } from './data-sets.ts';

/** Images whose features are compared. */
export const IMAGES = 64;

/** Images of two sizes, as files and as what encoders see of them. */
export interface ComparedImages {
  /** What the images of 224 pixels are of, for people. */
  readonly photographs: string;
  /** A folder of images for runs, which verification takes its own from. */
  readonly folder: string;
  readonly files: Readonly<Record<32 | 224, readonly string[]>>;
  /** uint8 [IMAGES, size, size, 3]. */
  readonly pixels: Readonly<Record<32 | 224, HostTensor>>;
}

function unpack(archive: string, folder: string): string {
  mkdirSync(folder, { recursive: true });
  const { status } = spawnSync('tar', ['-xf', archive, '-C', folder], { stdio: 'inherit' });
  if (status !== 0) throw new Error(`Expected a tar archive, got ${archive}.`);
  return folder;
}

/** So many JPEG files below a folder, evenly spread over all in order. */
function chooseFiles(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /\.jpe?g$/i.test(name));
  if (names.length < IMAGES) throw new Error(`Expected ${IMAGES} JPEG files in ${folder}, found ${names.length}.`);
  names.sort();
  return Array.from({ length: IMAGES }, (_, i) =>
    join(folder, names[Math.floor((i * names.length) / IMAGES)] as string),
  );
}

async function pixelsOf(files: readonly string[], size: number): Promise<HostTensor> {
  const data = new Uint8Array(files.length * size * size * 3);
  for (const [row, file] of files.entries()) {
    data.set(await decodeResized(readFileSync(file), size, 'bilinear'), row * size * size * 3);
  }
  return uint8(data, [files.length, size, size, 3]);
}

/** The bundled images of CIFAR-10, and the photographs that `CL_IMAGENET` names. */
export async function openComparedImages(work: string): Promise<ComparedImages> {
  const folder = unpack(join('data', 'cifar10-mini.tar.gz'), join(work, 'cifar'));
  const given = givenPath('CL_IMAGENET', 'photographs; images of CIFAR-10 are enlarged instead');
  const photos =
    given === undefined ? folder : statSync(given).isDirectory() ? given : unpack(given, join(work, 'photographs'));
  const files = { 32: chooseFiles(join(folder, 'test')), 224: chooseFiles(photos) };
  return {
    photographs: given === undefined ? 'images of CIFAR-10, enlarged' : 'photographs of ImageNet',
    folder,
    files,
    pixels: { 32: await pixelsOf(files[32], 32), 224: await pixelsOf(files[224], 224) },
  };
}
