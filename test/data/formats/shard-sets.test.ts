import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { openForTest, problemOf } from '../fixture-sources.ts';
import { rawTar } from '../raw-tar.ts';
import { rawZip } from '../raw-zip.ts';
import { folderOf } from '../temp-files.ts';

/** A shard of two images of an own content, with class numbers. */
const shardOf = (content: string): Buffer =>
  rawTar([
    ['0.jpg', `${content} 0`],
    ['0.cls', '0'],
    ['1.jpg', `${content} 1`],
    ['1.cls', '1'],
  ]);

const PAIR = [
  ['a.jpg', 'a'],
  ['b.jpg', 'b'],
] as const;

it.each([
  ['of two names', 'flowers-train-000000.tar', 'pets-train-000000.tar'],
  ['of two folders', 'flowers/train-000000.tar', 'pets/train-000000.tar'],
  ['of two folders without a split', 'flowers/000000.tar', 'pets/000000.tar'],
  ['of two folders of splits', 'a/train/x.zip', 'b/train/y.zip'],
])('shards %s are not joined, and each gets the option that chooses it', async (_, first, second) => {
  const isZip = first.endsWith('zip');
  const files = Object.fromEntries(
    [first, second].map((name) => [name, isZip ? rawZip([{ name: 'a.jpg', body: name }]) : shardOf(name)]),
  );
  const folder = folderOf(files);
  const problem = await problemOf(folder);
  expect(problem).toContain('expected one data set, got 2 that would be mixed up: ');
  const [, option] = /Choose one: --data '(.*?)'/.exec(problem) ?? [];
  const { train } = await openForTest((option as string).replace('PATH', folder));
  expect(train.count).toBe(isZip ? 1 : 2);
  // Named one by one, they are what the user wants.
  expect((await openForTest(`${folder}/{${first},${second}}`)).train.count).toBe(isZip ? 2 : 4);
});

it('parts of shards that are missing are an error, or told where the user named the others', async () => {
  const folder = folderOf({
    'train-00000-of-00004.tar': shardOf('a'),
    'train-00003-of-00004.tar': shardOf('b'),
  });
  const problem = await problemOf(folder);
  expect(problem).toContain(
    'expected 4 parts of train, got 2: missing are train-00001-of-00004.tar, train-00002-of-00004.tar in PATH',
  );
  const [, option] = /--data '(.*?)'/.exec(problem) ?? [];
  const { description } = await openForTest((option as string).replace('PATH', folder));
  expect(description).toBe('tar shards: 4 images in 2 classes, no test images, 2 shards, 2 of 4 parts of train');
});

it.each<[string, Readonly<Record<string, Buffer>>, string]>([
  [
    'a browser made by downloading twice',
    { 'train-000000 (1).tar': shardOf('a'), 'train-000000.tar': shardOf('a'), 'train-000001.tar': shardOf('b') },
    'tar shards: 4 images in 2 classes, no test images, 2 shards, 1 copy of other archives left out, such as train-000000 (1).tar',
  ],
  [
    'gunzip --keep leaves',
    { 'pets.tar': shardOf('a'), 'pets.tar.gz': gzipSync(shardOf('a')) },
    'tar shards: 2 images in 2 classes, no test images, 1 copy of other archives left out, such as pets.tar.gz',
  ],
  [
    'is packed in two ways',
    { 'pets.zip': rawZip(PAIR.map(([name, body]) => ({ name, body }))), 'pets.tar.gz': gzipSync(rawTar(PAIR)) },
    'images without labels (zip archives): 2 images, no test images, 1 copy of other archives left out, such as pets.tar.gz',
  ],
])('the same archive that %s is read once, and the copy told', async (_, files, description) => {
  const { train, ...dataset } = await openForTest(folderOf(files));
  expect(dataset.description).toBe(description);
  expect(train.name(0)).not.toContain('(1)');
});

it('a compressed archive that lies unpacked beside it takes no memory', async () => {
  const folder = folderOf({ 'pets.tar': shardOf('a'), 'pets.tar.gz': gzipSync(shardOf('a')) });
  expect((await openForTest(folder, { archiveBytes: 100 })).train.count).toBe(2);
});

it.each<[string, readonly string[]]>([
  ['one name', ['imagenet-000000.tar', 'imagenet-000001.tar']],
  ['one name, in parts', ['train-00000-of-00002.tar', 'train-00001-of-00002.tar']],
  ['a class each', ['n01440764.tar', 'n01443537.tar']],
  [
    'a class each, in a folder of a split',
    ['ILSVRC2012_img_train/n01440764.tar', 'ILSVRC2012_img_train/n01443537.tar'],
  ],
  ['one set, partly compressed', ['train-0.tar', 'train-1.tar.gz']],
])('shards of %s are joined', async (_, names) => {
  const files = names.map((name) => [name, name.endsWith('z') ? gzipSync(shardOf(name)) : shardOf(name)]);
  expect((await openForTest(folderOf(Object.fromEntries(files)))).train.count).toBe(4);
});

it('shards of two splits are those of one set, and equal content in both is no copy', async () => {
  const folder = folderOf({ 'pets-train-0.tar': shardOf('a'), 'pets-val-0.tar.gz': gzipSync(shardOf('a')) });
  expect((await openForTest(folder)).description).toBe('tar shards: 2 images in 2 classes, test 2, 2 shards');
});
