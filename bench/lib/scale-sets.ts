import { linkSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { randomStream } from '../../src/util/rng.ts';

/** Files of their own content; the others are links to them, which are read and decoded like any file. */
const DISTINCT = 256;

const SIZE = { width: 32, height: 32 };

async function drawImages(folder: string): Promise<string[]> {
  mkdirSync(folder, { recursive: true });
  return Promise.all(
    Array.from({ length: DISTINCT }, async (_, i) => {
      const random = randomStream(7, i);
      const pixels = Uint8Array.from({ length: SIZE.width * SIZE.height * 3 }, () => random.integer(256));
      const path = join(folder, `${i}.jpg`);
      writeFileSync(
        path,
        await sharp(pixels, { raw: { ...SIZE, channels: 3 } })
          .jpeg()
          .toBuffer(),
      );
      return path;
    }),
  );
}

/** A data set whose size is the point. */
export interface ScaleSet {
  readonly name: string;
  readonly path: string;
}

/** So many images in so many class folders. */
function layClasses(originals: readonly string[], folder: string, classes: number, perClass: number): string {
  for (let label = 0, at = 0; label < classes; label++) {
    const below = join(folder, `class_${String(label).padStart(6, '0')}`);
    mkdirSync(below, { recursive: true });
    for (let i = 0; i < perClass; i++, at++)
      linkSync(originals[at % originals.length] as string, join(below, `${i}.jpg`));
  }
  return folder;
}

/** A list of so many lines, each of an image of 100,000 files, in 1,000 classes. */
function writeList(originals: readonly string[], folder: string, rows: number): string {
  const files = Math.min(rows, 100_000);
  layClasses(originals, join(folder, 'images'), Math.ceil(files / 1000), 1000);
  const lines = Array.from({ length: rows }, (_, i) => {
    const file = (i * 7919) % files;
    return `images/class_${String(Math.floor(file / 1000)).padStart(6, '0')}/${file % 1000}.jpg,class ${i % 1000}`;
  });
  const path = join(folder, 'list.csv');
  writeFileSync(path, `path,label\n${lines.join('\n')}\n`);
  return path;
}

/** Makes the data sets below a folder: many files, many classes, a long list. */
export async function makeScaleSets(folder: string, share: number): Promise<ScaleSet[]> {
  const originals = await drawImages(join(folder, 'originals'));
  const scaled = (count: number): number => Math.round(count * share);
  const [files, classes, rows] = [scaled(2000), scaled(100_000), scaled(1_000_000)];
  const counted = (count: number): string => count.toLocaleString('en-US');
  return [
    {
      name: `${counted(100 * files)} files in 100 classes`,
      path: layClasses(originals, join(folder, 'files'), 100, files),
    },
    {
      name: `${counted(classes)} classes of 2 images`,
      path: layClasses(originals, join(folder, 'classes'), classes, 2),
    },
    { name: `list of ${counted(rows)} rows`, path: writeList(originals, join(folder, 'list'), rows) },
  ];
}
