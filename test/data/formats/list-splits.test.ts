import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openForTest, problemOf } from '../fixture-sources.ts';
import { folderOf } from '../temp-files.ts';

/** How a list with a column of these values beside the paths is described. */
async function describeSplits(column: string, ...values: string[]): Promise<string> {
  const files = Object.fromEntries(values.map((_, i) => [`${i}.jpg`, `${i}`]));
  const rows = values.map((value, i) => `${i}.jpg,${value}`);
  const list = join(folderOf({ ...files, 'list.csv': `path,${column}\n${rows.join('\n')}\n` }), 'list.csv');
  return (await openForTest(list)).description;
}

it('knows the halves of test images by which FER2013 is divided', async () => {
  const text = await describeSplits('Usage', 'Training', 'Training', 'PublicTest', 'PrivateTest');
  expect(text).toContain('2 images, test 1, not used: val (1 image), divided by Usage');
  expect(await describeSplits('split', 'Training', 'PublicTest')).toContain('1 image, test 1');
});

it('divides by other usual columns', async () => {
  expect(await describeSplits('phase', 'train', 'train', 'val')).toContain('2 images, test 1, divided by phase');
  expect(await describeSplits('is_train', '1', '1', '0')).toContain('2 images, test 1, divided by is_train');
  expect(await describeSplits('is_training_image', '1', '0')).toContain('1 image, test 1, divided by');
  expect(await describeSplits('is_test', 'False', 'True')).toContain('1 image, test 1, divided by is_test');
  const both = await describeSplits('is_valid,is_test', '0,0', '0,0', '0,1', '1,0');
  expect(both).toContain('2 images, test 1, not used: valid (1 image), divided by is_valid, is_test');
  expect(await describeSplits('is_valid', '0', '0')).toBe(
    'images without labels (list): 2 images, no test images, divided by is_valid',
  );
  expect(await describeSplits('is_valid', '1', '1')).toContain(
    '2 images, no test images, divided by is_valid, is_valid says valid of all',
  );
  expect(await describeSplits('fold', '0', '1')).toContain('2 images, no test images');
});

it('takes folds for splits, which are asked for', async () => {
  const files = { '0.jpg': '0', '1.jpg': '1', 'list.csv': 'path,split\n0.jpg,fold0\n1.jpg,fold1\n' };
  const list = join(folderOf(files), 'list.csv');
  expect(await problemOf(list)).toContain('expected images named train, got fold0, fold1 in PATH | Say which');
  expect((await openForTest(list, { train: 'fold0', test: 'fold1' })).description).toContain('1 image, test 1');
});

it('tells why a column that nearly holds splits is not used', async () => {
  expect(await describeSplits('set', 'train', 'n/a', 'test')).toContain('set is not used: it holds "n/a" in line 3');
  const odd = await describeSplits('set', 'train', 'n/a', 'test', '', 'train', 'train', 'train');
  expect(odd).toContain('set is not used: it holds "n/a" in line 3, and 1 more');
  const gaps = await describeSplits('split', 'train', '', 'train', '');
  expect(gaps).toContain(
    '2 images, no test images, not used: files that name no split (2 images), no split in line 3, and 1 more',
  );
  expect(await describeSplits('split', '', '')).toContain(
    '2 images, no test images, split is not used: it holds nothing in line 2, and 1 more',
  );
  expect(await describeSplits('subset', 'train', 'extra', 'test')).toContain(
    '1 image, test 1, not used: extra (1 image), divided by subset',
  );
  expect(await describeSplits('is_train', '1', '', '0')).toContain('is_train is not used: it holds nothing in line 3');
  expect(await describeSplits('dataset', 'faces', 'cars', 'test')).not.toContain('not used');
  // Another column may hold them.
  const two = await describeSplits('set,phase', 'a,train', 'b,train', 'c,test');
  expect(two).toContain('2 images, test 1, divided by phase');
});

it('divides by any other column that holds nothing but splits', async () => {
  for (const column of ['type', 'group', 'stage']) {
    const text = await describeSplits(column, 'Train', 'Train', 'Validation', 'Test');
    expect(text).toContain(`2 images, test 1, not used: validation (1 image), divided by ${column}`);
  }
  expect(await describeSplits('kind,stage', 'a,train', 'b,test')).toContain('1 image, test 1, divided by stage');
  // One split alone, other words, and columns of labels say nothing.
  expect(await describeSplits('type', 'train', 'train')).toContain('2 images, no test images');
  expect(await describeSplits('type', 'train', 'bus', 'test')).toContain('3 images, no test images');
  expect(await describeSplits('label', 'train', 'test')).toContain('2 images in 2 classes, no test images');
});

it('warns of images that lie in folders of splits, with the settings that divide', async () => {
  const paths = ['data/train2017/cat/0.jpg', 'data/train2017/dog/0.jpg', 'data/val2017/cat/0.jpg'];
  const files = Object.fromEntries(paths.map((path) => [path, path]));
  const list = (content: string) => join(folderOf({ ...files, 'list.csv': content }), 'list.csv');
  const lines = paths.map((path, i) => `${path},${i % 2}`).join('\n');
  const { train, test, warnings } = await openForTest(list(`path,label\n${lines}\n`));
  expect([train.count, test]).toEqual([3, undefined]);
  expect(warnings).toEqual([
    'all 3 images are trained on, and their paths name splits (train2017: 2, val2017: 1): to divide the list, --set data.train=train --set data.test=val',
  ]);
  const divided = await openForTest(list(`path,label\n${lines}\n`), { train: 'train', test: 'val' });
  expect([divided.train.count, divided.test?.count, divided.warnings]).toEqual([2, 1, []]);
  expect(divided.description).toBe('list: 2 images in 2 classes, test 1');
  // A column says it already.
  const told = paths.map((path, i) => `${path},${i === 2 ? 'test' : 'train'}`).join('\n');
  expect((await openForTest(list(`path,split\n${told}\n`))).warnings).toEqual([]);
});

it('takes folders for splits only where all images lie in one at the same depth', async () => {
  const warningsOf = async (...paths: string[]): Promise<readonly string[]> => {
    const files = Object.fromEntries(paths.map((path) => [path, path]));
    const content = `path\n${paths.join('\n')}\n`;
    return (await openForTest(join(folderOf({ ...files, 'list.csv': content }), 'list.csv'))).warnings;
  };
  expect(await warningsOf('cat/train/0.jpg', 'cat/test/0.jpg', 'dog/train/0.jpg')).toHaveLength(1);
  expect(await warningsOf('seg_train/0.jpg', 'seg_test/0.jpg')).toHaveLength(1);
  expect(await warningsOf('train/0.jpg', 'bus/0.jpg')).toEqual([]);
  expect(await warningsOf('training shoes/0.jpg', 'test tubes/0.jpg')).toEqual([]);
  expect(await warningsOf('train/0.jpg', 'train/1.jpg')).toEqual([]);
});
