import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { onTestFinished } from 'vitest';
import type { StoredImage } from '../../src/data/pixels/stored-image.ts';

/** An empty folder that goes when the test ends. */
export function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'cl-data-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes files below a folder, with the folders that their names need. */
export function writeFiles(folder: string, files: Readonly<Record<string, Uint8Array | string>>): void {
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }
}

/** A temporary folder with these files. */
export function folderOf(files: Readonly<Record<string, Uint8Array | string>>): string {
  const folder = tempFolder();
  writeFiles(folder, files);
  return folder;
}

/** uint8 pixels [height, width, channels] that differ from place to place and from seed to seed. */
export function patternPixels(height: number, width: number, channels: number, seed = 0): Uint8Array {
  return Uint8Array.from({ length: height * width * channels }, (_, i) => {
    const pixel = Math.floor(i / channels);
    const [y, x, c] = [Math.floor(pixel / width), pixel % width, i % channels];
    return (seed * 37 + c * 60 + Math.round((x * 90) / width) + Math.round((y * 60) / height)) % 256;
  });
}

/** A PNG of `patternPixels`: decoding must give the same bytes back. */
export async function patternPng(
  height: number,
  width: number,
  seed = 0,
  channels: 1 | 2 | 3 | 4 = 3,
): Promise<Buffer> {
  return sharp(patternPixels(height, width, channels, seed), { raw: { width, height, channels } })
    .png()
    .toBuffer();
}

/** An image that must be stored encoded, as text. */
export async function textOf(image: Promise<StoredImage>): Promise<string> {
  const stored = await image;
  if (!(stored instanceof Uint8Array)) throw new TypeError('expected an encoded image');
  return Buffer.from(stored).toString();
}
