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
