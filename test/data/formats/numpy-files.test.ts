import { expect, it } from 'vitest';
import { openForTest } from '../fixture-sources.ts';
import { npy, zip } from '../numpy-files.ts';
import { folderOf, patternPixels } from '../temp-files.ts';

const images = (count: number): Buffer => npy([count, 4, 5], patternPixels(count * 4, 5, 1));
const labels = (count: number): Buffer =>
  npy(
    [count],
    Uint8Array.from({ length: count }, (_, i) => i % 2),
  );

/** An .npz of one array that was saved without a name. */
const unnamed = (array: Buffer): Buffer => zip('arr_0.npy', array);

it.each([
  ['kmnist-train-imgs', 'kmnist-train-labels', 'kmnist-test-imgs', 'kmnist-test-labels'],
  ['x_train', 'y_train', 'x_test', 'y_test'],
])('files of one array without a name are what their own names say: %s', async (...names) => {
  const [trainImages, trainLabels, testImages, testLabels] = names.map((name) => `${name}.npz`) as [
    string,
    string,
    string,
    string,
  ];
  const folder = folderOf({
    [trainImages]: unnamed(images(4)),
    [trainLabels]: unnamed(labels(4)),
    [testImages]: unnamed(images(2)),
    [testLabels]: unnamed(labels(2)),
  });
  const { train, test, description } = await openForTest(folder);
  expect(description).toBe('NumPy arrays: 4 images of 5 x 4 in 2 classes, test 2');
  expect([train.labels, test?.labels]).toEqual([Int32Array.of(0, 1, 0, 1), Int32Array.of(0, 1)]);
});

it('a file of one array without a name may say its split alone', async () => {
  const folder = folderOf({ 'train.npz': unnamed(images(4)), 'test.npz': unnamed(images(2)) });
  expect((await openForTest(folder)).description).toContain('4 images of 5 x 4, test 2');
});
