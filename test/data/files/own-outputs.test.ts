import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, expect, it } from 'vitest';
import { openDataset } from '../../../src/data/dataset/dataset.ts';
import type { FileTree } from '../../../src/data/files/file-tree.ts';
import { leaveOutOwn } from '../../../src/data/files/own-outputs.ts';
import { decodeRgb } from '../../../src/data/pixels/decode.ts';
import { markSheet } from '../../../src/data/pixels/sheet-mark.ts';
import { folderOf, patternPng, tempFolder } from '../temp-files.ts';

const OWN = 'is a picture that cl-data preview or a run wrote, not an image of the data';

let png: Buffer;
let sheet: Uint8Array;
beforeAll(async () => {
  png = await patternPng(20, 30, 1);
  sheet = markSheet(png);
});

/** Names of images by a pattern with `#` for the number. */
const numbered = (pattern: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => pattern.replace('#', String(i)));

/** A folder with images, and contact sheets among them. */
function folderWith(images: readonly string[], sheets: readonly string[]): string {
  return folderOf(Object.fromEntries([...images.map((name) => [name, png]), ...sheets.map((name) => [name, sheet])]));
}

async function describe(path: string): Promise<string> {
  const { description, close } = await openDataset(path);
  await close();
  return description;
}

const CLASSES = [...numbered('cat/#.png', 4), ...numbered('dog/#.png', 4)];

it('marks a sheet without changing a pixel of it, and never decodes one as an image', async () => {
  expect(await sharp(sheet).raw().toBuffer()).toEqual(await sharp(png).raw().toBuffer());
  await expect(decodeRgb(sheet)).rejects.toThrow(OWN);
});

it.each([
  ['beside class folders', CLASSES, ['sheet.png', 'other.PNG', 'cat/views.png']],
  ['in a class folder, under any name', CLASSES, ['cat/byol-views.png', 'dog/7.png']],
  ['in a folder of its own', CLASSES, numbered('sheets/#.png', 3)],
  ['under the name of another kind beside class folders', CLASSES, ['sheet.jpg']],
  ['inside a wrapping folder', CLASSES.map((name) => `flowers/${name}`), ['flowers/byol.png']],
  [
    'among hundreds of images with other names',
    [...numbered('cat/IMG_#.png', 150), ...numbered('dog/IMG_#.png', 2)],
    ['cat/byol.png', 'cat/byol 2.png'],
  ],
])('leaves out a sheet %s', async (_, images, sheets) => {
  expect(await describe(folderWith(images, sheets))).toMatch(
    new RegExp(
      `^class folders: ${images.length} images in 2 classes, no test images, own outputs left out: ${sheets.length} \\(`,
    ),
  );
});

it('leaves out a sheet beside the class folders of a split', async () => {
  const images = ['train', 'test'].flatMap((split) => CLASSES.map((name) => `${split}/${name}`));
  expect(await describe(folderWith(images, ['train/byol.png', 'test/byol.png']))).toBe(
    'class folders: 8 images in 2 classes, test 8, own outputs left out: 2 (test/byol.png, train/byol.png)',
  );
});

const CONFIG = 'data: {}\nmethod: {}\nschedule: {}\n';

it.each(['tar', 'zip'])('leaves out sheets and runs in a %s archive', async (kind) => {
  const folder = folderWith(CLASSES, ['byol.png', 'cat/byol.png', 'runs/a/views.png', 'runs/b/views.png']);
  for (const run of ['a', 'b']) {
    execFileSync('sh', ['-c', `printf '${CONFIG}' > config.yaml`], { cwd: join(folder, 'runs', run) });
  }
  execFileSync('mkdir', ['-p', 'runs/a/checkpoints'], { cwd: folder });
  execFileSync('touch', ['runs/a/checkpoints/1.safetensors', 'runs/b/log.jsonl'], { cwd: folder });
  const archive = join(tempFolder(), `set.${kind}`);
  if (kind === 'tar') execFileSync('tar', ['-cf', archive, '-C', folder, '.']);
  else execFileSync('python3', ['-m', 'zipfile', '-c', archive, 'cat', 'dog', 'runs', 'byol.png'], { cwd: folder });
  expect(await describe(archive)).toBe(
    'class folders: 8 images in 2 classes, no test images, own outputs left out: 4 (byol.png, cat/byol.png, runs/a/, ...)',
  );
});

it('looks into few of many images, the likeliest first', async () => {
  const classes = Array.from({ length: 1000 }, (_, i) => `class${i}`);
  const images = ['zebra.png', ...classes.flatMap((name) => [`${name}/0.png`, `${name}/1.png`]), 'class9/preview.png'];
  const opened: string[] = [];
  const tree: FileTree = {
    where: 'many',
    kind: 'folder',
    images,
    others: [],
    refused: [],
    read: async () => png,
    async open(path) {
      opened.push(path);
      const content = /preview|zebra/.test(path) ? sheet : png;
      return {
        size: content.length,
        readAt: async (from, length) => content.subarray(from, from + length),
        close: async () => {},
      };
    },
    diskPath: (path) => path,
    close: async () => {},
  };
  const found = await leaveOutOwn(tree);
  expect(opened.slice(0, 2)).toEqual(['class9/preview.png', 'zebra.png']);
  expect(opened).toHaveLength(500);
  expect(found.notes).toEqual(['own outputs left out: 2 (class9/preview.png, zebra.png)']);
  expect(found.images).toHaveLength(2000);
});

it('keeps another picture with the name of a sheet', async () => {
  const images = [...CLASSES, 'cat/preview.png', 'dog/views.png'];
  expect(await describe(folderWith(images, []))).toBe('class folders: 10 images in 2 classes, no test images');
});
