import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openForTest, problemOf } from '../fixture-sources.ts';
import { folderOf, patternPng } from '../temp-files.ts';

const POINTER = `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 119705255\n`;
const PAGE = `<!DOCTYPE html>\n<html><body>${'Log in to go on. '.repeat(200)}</body></html>`;

const NAMES = [
  'data/train-00000-of-00001.parquet',
  'x_train.npy',
  'cifar10.npz',
  'train-images-idx3-ubyte',
  'train-images-idx3-ubyte.gz',
  'data_batch_1.bin',
  'train_X.bin',
];

it.each(NAMES)('says that %s is a Git LFS pointer, and how to get the file', async (name) => {
  const folder = folderOf({ [name]: POINTER });
  const where = name.includes('/') ? 'PATH/data' : 'PATH';
  expect(await problemOf(folder)).toBe(
    `expected data, got a Git LFS pointer: PATH/${name} | Fetch what the pointers stand for: git lfs install && git -C '${where}' lfs pull`,
  );
});

it.each(['list.csv', 'a.jsonl', 'train.arrow', 'x.pkl', 'train.mat', 'train.h5', 'x.7z'])(
  'says it of %s in a folder before any command for such files',
  async (name) => {
    expect(await problemOf(folderOf({ 'readme.html': PAGE, [name]: POINTER }))).toContain(
      `expected data, got a Git LFS pointer: PATH/${name} |`,
    );
  },
);

it('says it in a command that a shell reads back', async () => {
  const problem = await problemOf(folderOf({ "it's/train.parquet": POINTER }));
  expect(problem).toContain(String.raw`git -C 'PATH/it'\''s' lfs pull`);
});

it.each(['images.tar', 'images.tar.gz', 'images.tgz', 'list.csv', 'list.jsonl', 'train.parquet', 'images.zip'])(
  'says it of the file %s that the user names',
  async (name) => {
    expect(await problemOf(join(folderOf({ [name]: POINTER }), name))).toContain(
      'expected data, got a Git LFS pointer: PATH | Fetch what the pointers stand for',
    );
  },
);

it('says it of a shard among others', async () => {
  expect(await problemOf(folderOf({ 'train-000000.tar': POINTER }))).toContain('got a Git LFS pointer');
});

it.each(NAMES)('says that a web page was saved as %s', async (name) => {
  expect(await problemOf(folderOf({ [name]: PAGE }))).toContain(`expected data, got a web page (HTML): PATH/${name}`);
});

it('says that links were copied as text', async () => {
  expect(await problemOf(folderOf({ 'train.parquet': '../../../blobs/0123abc' }))).toContain(
    'got the text of a link: PATH/train.parquet | Links became files of text',
  );
});

it('takes the images that lie unpacked beside a pointer', async () => {
  const image = await patternPng(8, 8);
  const files = Object.fromEntries(Array.from({ length: 120 }, (_, i) => [`pets/${'ab'[i % 2]}/${i}.png`, image]));
  const data = await openForTest(folderOf({ ...files, 'pets.tar.gz': POINTER, 'more.zip': POINTER }));
  expect(data.train.count).toBe(120);
  expect(data.description).toContain('not taken: archives (expected data, got a Git LFS pointer: ');
});

it('leaves alone what only mentions them', async () => {
  const image = await patternPng(4, 4);
  const folder = folderOf({ 'a.png': image, 'list.csv': 'path,label\na.png,version https://git-lfs.github.com/\n' });
  expect((await openForTest(join(folder, 'list.csv'))).train.count).toBe(1);
});
