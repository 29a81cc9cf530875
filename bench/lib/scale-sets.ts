import { appendFileSync, linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
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

/** Lines that are written at once. */
const BATCH = 100_000;

/** How a row of a list is written. */
interface ListForm {
  readonly name: string;
  readonly head: string;
  readonly row: (path: string, label: string) => string;
}

const PLAIN: ListForm = { name: 'list.csv', head: 'path,label\n', row: (path, label) => `${path},${label}\n` };
const QUOTED: ListForm = {
  name: 'quoted.csv',
  head: '"path","label"\n',
  row: (path, label) => `"${path}","${label}"\n`,
};
const OBJECTS: ListForm = {
  name: 'list.jsonl',
  head: '',
  row: (path, label) => `{"path": "${path}", "label": "${label}"}\n`,
};

/** Files that the lists name; they are in folders of a thousand. */
const LISTED = 100_000;

/**
 * A list of so many lines in 1,000 classes, which name the same files again and again: by one path each, or, where
 * paths differ, through other links to their folder.
 */
function writeList(folder: string, rows: number, { name, head, row }: ListForm, isDiffering: boolean): string {
  const path = join(folder, `${isDiffering ? 'differing-' : ''}${name}`);
  writeFileSync(path, head);
  for (let start = 0; start < rows; start += BATCH) {
    let text = '';
    for (let i = start; i < Math.min(rows, start + BATCH); i++) {
      const file = (i * 7919) % LISTED;
      const top = isDiffering ? `images-${Math.floor(i / LISTED)}` : 'images';
      const below = `class_${String(Math.floor(file / 1000)).padStart(6, '0')}`;
      text += row(`${top}/${below}/${file % 1000}.jpg`, `class ${i % 1000}`);
    }
    appendFileSync(path, text);
  }
  return path;
}

/** Makes the data sets below a folder: many files, many classes, long lists. */
export async function makeScaleSets(folder: string, share: number): Promise<ScaleSet[]> {
  const originals = await drawImages(join(folder, 'originals'));
  const scaled = (count: number): number => Math.round(count * share);
  const [files, classes, rows] = [scaled(2000), scaled(100_000), scaled(5_000_000)];
  const counted = (count: number): string => count.toLocaleString('en-US');
  const lists = join(folder, 'list');
  layClasses(originals, join(lists, 'images'), LISTED / 1000, 1000);
  for (let i = 0; i * LISTED < rows; i++) symlinkSync('images', join(lists, `images-${i}`));
  const listOf = (what: string, form: ListForm, isDiffering: boolean): ScaleSet => ({
    name: `${what} of ${counted(rows)} rows`,
    path: writeList(lists, rows, form, isDiffering),
  });
  return [
    {
      name: `${counted(100 * files)} files in 100 classes`,
      path: layClasses(originals, join(folder, 'files'), 100, files),
    },
    {
      name: `${counted(classes)} classes of 2 images`,
      path: layClasses(originals, join(folder, 'classes'), classes, 2),
    },
    listOf('list', PLAIN, false),
    listOf('list of differing paths', PLAIN, true),
    listOf('quoted list', QUOTED, true),
    listOf('JSON lines', OBJECTS, false),
  ];
}
