import { expect, it } from 'vitest';
import { openForTest, problemOf } from '../fixture-sources.ts';
import { npy } from '../numpy-files.ts';
import { folderOf, patternPixels } from '../temp-files.ts';

const images = (count: number): Buffer => npy([count, 4, 5], patternPixels(count * 4, 5, 1));
const labels = (count: number): Buffer =>
  npy(
    [count],
    Uint8Array.from({ length: count }, (_, i) => i % 2),
  );

it.each([
  [{ 'x_train.npy': images(4), 'labels.npy': labels(4) }, 'labels is for no split by its name, x_train for train'],
  [{ 'train_images.npy': images(4), 'labels.npy': labels(4) }, 'labels is for no split by its name, train_images for'],
  [{ 'images.npy': images(4), 'y_train.npy': labels(4) }, 'y_train is for train by its name, images for no split'],
])('labels of another split by their names are not taken, for a reason', async (files, why) => {
  const { train } = await openForTest(folderOf(files));
  expect([train.labels, train.unlabelled?.slice(0, why.length)]).toEqual([undefined, why]);
});

it('labels of the other split are no reason', async () => {
  const files = { 'x_train.npy': images(4), 'y_train.npy': labels(4), 'x_test.npy': images(2) };
  const { train, test } = await openForTest(folderOf(files));
  expect([train.classes, test?.unlabelled]).toEqual([['0', '1'], undefined]);
});

it('names in camel case are those of their words', async () => {
  const folder = folderOf({
    'xTrain.npy': images(4),
    'yTrain.npy': labels(4),
    'xTest.npy': images(2),
    'yTest.npy': labels(2),
  });
  expect((await openForTest(folder)).description).toBe('NumPy arrays: 4 images of 5 x 4 in 2 classes, test 2');
});

it('arrays whose names say nothing get the options that take one, with its labels', async () => {
  const folder = folderOf({ 'fog.npy': images(4), 'snow.npy': images(4), 'labels.npy': labels(4) });
  const problem = await problemOf(folder);
  const [, option] = /To take one of the arrays with its labels: --data '(.*?)'/.exec(problem) ?? [];
  const { description } = await openForTest((option as string).replace('PATH', folder));
  expect(description).toBe('NumPy arrays: 4 images of 5 x 4 in 2 classes, no test images');
});

it('arrays of rows of pixels get the way to images', async () => {
  const rows = npy([3, 784], new Uint8Array(3 * 784));
  const folder = folderOf({ 'cat.npy': rows, 'dog.npy': rows });
  const problem = await problemOf(folder);
  const [, option] = /To take one of the arrays: --data '(.*?)'/.exec(problem) ?? [];
  expect(await problemOf((option as string).replace('PATH', folder))).toContain('x = x.reshape(len(x), 28, 28)');
});
