import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openForTest, problemOf, sourceFixture } from '../fixture-sources.ts';
import { npy, zip } from '../numpy-files.ts';
import { folderOf } from '../temp-files.ts';

const TABLE = readFileSync(sourceFixture('cat-dog.parquet'));
const OTHER = readFileSync(sourceFixture('dog-cat.parquet'));

/** An IDX file of two images of one pixel. */
const idx = (seed: number): Buffer => Buffer.from([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, seed, seed + 1]);
const IMAGES = npy([2, 4, 5], new Uint8Array(40));
const MORE = npy([2, 4, 5], new Uint8Array(40).fill(1));

const files = (a: string, b: string): Record<string, Uint8Array> => {
  const kinds = { parquet: [TABLE, OTHER], npy: [IMAGES, MORE], ubyte: [idx(1), idx(3)] };
  const [first, second] = kinds[(/(parquet|npy|ubyte)$/.exec(a)?.[1] ?? 'npy') as keyof typeof kinds];
  return { [a]: first as Uint8Array, [b]: second as Uint8Array };
};

describe('tests of another data set than is trained on are refused', () => {
  it.each([
    ['cifar/train.parquet', 'svhn/test.parquet', 'cifar, svhn'],
    ['mnist/train-0.parquet', 'fashion-mnist/test-0.parquet', 'fashion-mnist, mnist'],
    ['cifar/data/train/0000.parquet', 'svhn/data/val/0000.parquet', 'cifar/data/train, svhn/data/val'],
    ['cifar/train.parquet', 'test.parquet', 'cifar, test.parquet'],
    ['train/cifar/0.parquet', 'test/svhn/0.parquet', 'test/svhn, train/cifar'],
    ['cifar_train.parquet', 'svhn_test.parquet', 'cifar_train.parquet, svhn_test.parquet'],
    ['10/train.parquet', '100/test.parquet', '10, 100'],
    ['cifar/0.parquet', 'svhn/test.parquet', 'cifar, svhn'],
    ['MNIST/raw/train-images-idx3-ubyte', 'FashionMNIST/raw/t10k-images-idx3-ubyte', 'FashionMNIST/raw, MNIST/raw'],
    [
      'emnist-letters-train-images-idx3-ubyte',
      'emnist-digits-test-images-idx3-ubyte',
      'emnist-digits-test-images-idx3-ubyte, emnist-letters-train-images-idx3-ubyte',
    ],
    ['cifar/x_train.npy', 'svhn/x_test.npy', 'cifar, svhn'],
    [
      'mnist_train_images.npy',
      'fashion_mnist_test_images.npy',
      'fashion_mnist_test_images.npy, mnist_train_images.npy',
    ],
  ])('%s, %s', async (train, test, names) => {
    const folder = folderOf(files(train, test));
    const problem = await problemOf(folder);
    const [, got = ''] = /expected one data set, got 2 that would be mixed up: (.*) in PATH \|/.exec(problem) ?? [];
    expect(got.split(', ').sort()).toEqual(names.split(', '));
    const [, first = ''] = /Choose one: --data 'PATH([^']*)' or --data 'PATH/.exec(problem) ?? [];
    expect((await openForTest(folder + first)).description).toContain('no test images');
    const [, from = '', against = ''] = /: --data 'PATH([^']*)' --set 'data.test=PATH([^']*)'$/.exec(problem) ?? [];
    expect(from).not.toBe('');
    const joined = await openForTest(folder + from, { test: folder + against });

    expect(joined.test?.count).toBe(test.endsWith('parquet') ? 4 : 2);
  });

  it('also where arrays lie in .npz files', async () => {
    const folder = folderOf({
      'bloodmnist.npz': zip('train_images.npy', IMAGES, IMAGES.length, 0),
      'pathmnist.npz': zip('test_images.npy', MORE, MORE.length, 0),
    });
    expect(await problemOf(folder)).toBe(
      "expected one data set, got 2 that would be mixed up: bloodmnist.npz, pathmnist.npz in PATH | Choose one: --data 'PATH/bloodmnist.npz' or --data 'PATH/pathmnist.npz'. To test on another than is trained on: --data 'PATH/bloodmnist.npz' --set 'data.test=PATH/pathmnist.npz'",
    );
  });

  it('also where they are shards', async () => {
    const shards = {
      'cifar/train-0.tar': sourceFixture('train-000000.tar'),
      'svhn/test-0.tar': sourceFixture('test-000000.tar'),
    };
    const folder = folderOf(
      Object.fromEntries(Object.entries(shards).map(([name, path]) => [name, readFileSync(path)])),
    );
    expect(await problemOf(folder)).toContain(
      "expected one data set, got 2 that would be mixed up: cifar, svhn in PATH | Choose one: --data 'PATH/cifar'",
    );
    expect((await openForTest(`${folder}/cifar`, { test: `${folder}/svhn` })).test?.count).toBe(10);
  });

  it('in an archive, with what leaves one of them out', async () => {
    const folder = folderOf(files('cifar/train.parquet', 'svhn/test.parquet'));
    execFileSync('tar', ['-cf', join(folder, 'both.tar'), '-C', folder, 'cifar', 'svhn']);
    const path = join(folder, 'both.tar');
    expect(await problemOf(path)).toBe(
      "expected one data set, got 2 that would be mixed up: cifar, svhn in PATH | Choose one: --set 'data.exclude=[svhn/**]' or --set 'data.exclude=[cifar/**]'",
    );
    expect((await openForTest(path, { exclude: ['svhn/**'] })).description).toContain('4 images');
  });

  it('but not where the user names both', async () => {
    const folder = folderOf(files('cifar/train.parquet', 'svhn/test.parquet'));
    const { description } = await openForTest(`${folder}/{cifar/train,svhn/test}.parquet`);
    expect(description).toBe('Parquet: 4 images in 2 classes, test 4');
  });
});

describe('tests of the same data set are joined', () => {
  it.each([
    ['train/0000.parquet', 'test/0000.parquet'],
    ['data/train-00000-of-00001.parquet', 'data/test-00000-of-00001.parquet'],
    ['plain_text/train-00000-of-00001.parquet', 'plain_text/test-00000-of-00001.parquet'],
    ['default/train/0000.parquet', 'default/partial-test/0000.parquet'],
    ['train_images/0.parquet', 'test/0.parquet'],
    ['data/train.parquet', 'test.parquet'],
    ['mnist_train.parquet', 'test.parquet'],
    ['cifar/train.parquet', 'cifar/evaluation/test.parquet'],
    ['train/year=2023/0.parquet', 'test/year=2024/0.parquet'],
    ['train/2023/0.parquet', 'test/2024/0.parquet'],
    ['seg_train/seg_train/0.parquet', 'seg_test/seg_test/0.parquet'],
    ['Training.parquet', 'PrivateTest.parquet'],
    [
      'train/part-00000-1b4e28ba-2fa1-11d2-883f-0016d3cca427-c000.snappy.parquet',
      'test/part-00000-6ba7b810-9dad-11d1-80b4-00c04fd430c8-c000.snappy.parquet',
    ],
    ['MNIST/raw/train-images-idx3-ubyte', 'MNIST/raw/t10k-images-idx3-ubyte'],
    ['x_train.npy', 'images_test.npy'],
    ['images/x_train.npy', 'test_images.npy'],
    ['train/images.npy', 'test/images.npy'],
  ])('%s, %s', async (train, test) => {
    const { description } = await openForTest(folderOf(files(train, test)));
    expect(description).toContain(test.endsWith('parquet') ? ', test 4' : ', test 2');
  });
});
