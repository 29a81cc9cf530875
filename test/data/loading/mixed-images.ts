import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openDataset } from '../../../src/data/dataset/dataset.ts';
import type { ImageSource } from '../../../src/data/sources/image-source.ts';
import { folderOf, patternPng } from '../temp-files.ts';

const text = readFileSync(join(import.meta.dirname, '../../fixtures/images/text.jpg'));

/** Twenty flat images of differing sizes, 3 and 4 of them text files. */
export async function mixedImages(bad: readonly number[] = [3, 4]): Promise<ImageSource> {
  const files: Record<string, Uint8Array> = {};
  for (let i = 0; i < 20; i++) {
    files[`${String(i).padStart(2, '0')}.png`] = bad.includes(i) ? text : await patternPng(10 + i, 30 - i, i);
  }
  return (await openDataset(folderOf(files))).train;
}
