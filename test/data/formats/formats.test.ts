import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { loadImages } from '../../../src/data/loading/load-images.ts';
import { decodeResized } from '../../../src/data/pixels/crops.ts';
import type { ImageSource } from '../../../src/data/sources/image-source.ts';
import { cropLoader, firstEpoch } from '../crop-settings.ts';
import {
  cifarFiles,
  folderOfFixtures,
  openForTest,
  pixelsOf,
  problemOf,
  rowsOf,
  sourceFixture,
  unpackedFixture,
} from '../fixture-sources.ts';
import { folderOf, patternPixels } from '../temp-files.ts';

describe('CIFAR-10 in every format has the pixels and labels of its files', () => {
  const kinds: [name: string, path: () => string, description: string][] = [
    [
      'binary',
      () => unpackedFixture('cifar-10-binary.tar.gz'),
      'CIFAR-10 binary: 20 images of 32 x 32 in 10 classes, test 10',
    ],
    [
      'binary in its archive',
      () => sourceFixture('cifar-10-binary.tar.gz'),
      'CIFAR-10 binary: 20 images of 32 x 32 in 10 classes, test 10',
    ],
    ['.npz', () => sourceFixture('cifar10.npz'), 'NumPy arrays: 20 images of 32 x 32 in 10 classes, test 10'],
    [
      '.npz in a folder',
      () => folderOfFixtures('cifar10.npz'),
      'NumPy arrays: 20 images of 32 x 32 in 10 classes, test 10',
    ],
  ];
  it.each(kinds)('%s', async (_, path, description) => {
    const dataset = await openForTest(path());
    expect(dataset.description).toBe(description);
    const files = await cifarFiles();
    expect(await rowsOf(dataset.train)).toEqual(files.train);
    expect(await rowsOf(dataset.test as ImageSource)).toEqual(files.test);
    const loaded = await loadImages(dataset.train, { budgetBytes: 2 ** 20 });
    expect(loaded?.images).toMatchObject({ count: 20, height: 32, width: 32 });
    const inMemory = Array.from({ length: 20 }, (_, i) => {
      const pixels = loaded?.images.data?.subarray(i * 3072, (i + 1) * 3072) as Uint8Array;
      return `${loaded?.labels?.[i]} 32 32 ${Buffer.from(pixels).toString('base64')}`;
    });
    expect(inMemory.sort()).toEqual(files.train);
  });
});

it('raw pixels are cropped and resized as decoded files are', async () => {
  const options = { groups: [{ size: 16, interpolation: 'bilinear' as const, views: 1 }] };
  const crops = [];
  for (const name of ['files.tar', 'cifar-10-binary.tar.gz']) {
    const { train } = await openForTest(sourceFixture(name));
    // Image 2 of the last class is the 20th of both.
    const cropped = await cropLoader({ source: train, ...options }).load([19], firstEpoch);
    crops.push([cropped.crops, await decodeResized(await train.read(19), 16, 'bilinear')]);
  }
  expect(crops[1]).toEqual(crops[0]);
});

describe('CIFAR', () => {
  const record = (...bytes: number[]): Buffer =>
    Buffer.concat([Buffer.from(bytes), patternPixels(3, 32, 32, bytes[0])]);

  it('takes the fine or the coarse labels of CIFAR-100, with their names where there are any', async () => {
    const train = Buffer.concat([record(1, 42), record(19, 7)]);
    const folder = folderOf({
      'train.bin': train,
      'test.bin': record(0, 42),
      'coarse_label_names.txt': `${'a\n'.repeat(19)}last\n`,
    });
    const fine = await openForTest(folder);
    expect(fine.description).toBe('CIFAR-100 binary: 2 images of 32 x 32 in 100 classes, test 1');
    expect([fine.train.labels, fine.test?.labels]).toEqual([Int32Array.of(42, 7), Int32Array.of(42)]);
    const coarse = await openForTest(folder, { labelField: 'coarse' });
    expect(coarse.train.labels).toEqual(Int32Array.of(1, 19));
    expect(coarse.train.classes[19]).toBe('last');
    expect(await problemOf(folder, { labelField: 'rough' })).toContain(
      'expected coarse or fine as data.labelField, got rough',
    );
  });

  it('refuses files of another length and labels without a class', async () => {
    const cut = folderOf({ 'data_batch_1.bin': new Uint8Array(3072) });
    expect(await problemOf(cut)).toBe(
      'expected CIFAR-10 binary of 3073 bytes an image, got 3072 bytes in all: data_batch_1.bin | Fetch it again; the file is cut short or of another kind.',
    );
    expect(await problemOf(folderOf({ 'test_batch.bin': record(10) }))).toContain(
      'expected labels from 0 to 9, got 10 in test_batch.bin',
    );
  });

  it('leaves labels alone with data.labels none, and joins no copies', async () => {
    const odd = folderOf({ 'test_batch.bin': record(10) });
    expect((await openForTest(odd, { labels: 'none' })).description).toContain('data.labels is none): 1 image');
    const lacking = folderOf({
      'data_batch_1.bin': record(1),
      'data_batch_2.bin': record(2),
      'data_batch_5.bin': record(3),
    });
    expect((await openForTest(lacking)).description).toContain(
      'data_batch_3.bin and data_batch_4.bin missing: fetch the data set again',
    );
    const twice = folderOf({ 'a/data_batch_1.bin': record(1), 'b/data_batch_1.bin': record(1) });
    expect(await problemOf(twice)).toContain(
      "got 2 that would be mixed up: a, b in PATH | Choose one: --data 'PATH/a'",
    );
  });

  it('never loads a pickle, and says what to fetch', async () => {
    expect(await problemOf(folderOf({ 'cifar-10-batches-py/data_batch_1': 'x' }))).toContain(
      'Python pickles are never loaded: fetch the binary version',
    );
  });
});

describe('STL-10', () => {
  const pixel = (image: number, y: number, x: number, c: number): number => (16 * image + y + 2 * x + 64 * c) % 256;
  const expected = (image: number): number[] =>
    Array.from({ length: 96 * 96 * 3 }, (_, i) => pixel(image, Math.floor(i / 288), Math.floor(i / 3) % 96, i % 3));

  it.each([
    ['archive', () => sourceFixture('stl10_binary.tar.gz')],
    ['folder', () => unpackedFixture('stl10_binary.tar.gz')],
  ])('has its splits, folds and classes (%s)', async (_, place) => {
    const path = place();
    const { train, test, description } = await openForTest(path);
    expect(description).toBe(
      'STL-10 binary: 4 images of 96 x 96 in 10 classes, test 2, not used: unlabeled (3 images)',
    );
    expect(train.labels).toEqual(Int32Array.of(0, 9, 1, 0));
    expect(train.classes[9]).toBe('truck');
    expect(test?.labels).toEqual(Int32Array.of(9, 2));
    expect(await pixelsOf(train, 3)).toEqual(expected(3));
    expect(await pixelsOf(test as ImageSource, 1)).toEqual(expected(5));
    const unlabelled = await openForTest(path, { train: 'unlabeled' });
    expect(unlabelled.description).toBe(
      'images without labels (STL-10 binary): 3 images of 96 x 96, test 2, not used: train (4 images)',
    );
    expect(await pixelsOf(unlabelled.train, 2)).toEqual(expected(8));
    const fold = await openForTest(path, { train: 'fold1' });
    expect([fold.train.count, fold.train.labels]).toEqual([2, Int32Array.of(9, 0)]);
    expect(await pixelsOf(fold.train, 0)).toEqual(expected(1));
    expect(await problemOf(path, { train: 'unlabelled' })).toContain(
      'expected images in unlabelled (data.train), got none in PATH | Did you mean unlabeled? It has train, test, unlabeled, fold0, fold1.',
    );
  });

  it('leaves labels alone with data.labels none', async () => {
    const folder = folderOf({ 'train_X.bin': new Uint8Array(2 * 27648), 'train_y.bin': '\x01' });
    expect((await openForTest(folder, { labels: 'none' })).train.count).toBe(2);
  });

  it('refuses what does not fit together', async () => {
    const images = new Uint8Array(2 * 27648);
    expect(await problemOf(folderOf({ 'train_X.bin': images, 'train_y.bin': '\x01' }))).toContain(
      'expected 2 labels of a byte each, got 1 bytes: train_y.bin',
    );
    expect(await problemOf(folderOf({ 'train_X.bin': images, 'train_y.bin': '\x01\x00' }))).toContain(
      'expected labels from 0 to 9, got -1 in train_y.bin (where they count from 1)',
    );
    expect(await problemOf(folderOf({ 'unlabeled_X.bin': images.subarray(1) }))).toContain(
      'expected STL-10 images of 27648 bytes, got 55295 bytes in all',
    );
    expect(await problemOf(folderOf({ 'train_X.bin': images, 'fold_indices.txt': '0 1\n0 2\n' }))).toContain(
      'expected indices from 0 to 1 in line 2, got 2',
    );
  });
});

describe('IDX', () => {
  const header = (...sizes: number[]): Buffer => {
    const head = Buffer.alloc(4 + 4 * sizes.length);
    head.writeUInt32BE(0x800 + sizes.length);
    for (const [i, size] of sizes.entries()) head.writeUInt32BE(size, 4 + 4 * i);
    return head;
  };
  const images = (count: number, seed: number): Buffer =>
    Buffer.concat([header(count, 5, 4), patternPixels(count * 5, 4, 1, seed)]);
  const labels = (...values: number[]): Buffer => Buffer.concat([header(values.length), Buffer.from(values)]);

  it('reads MNIST’s files, also gzipped, as grey images', async () => {
    const folder = folderOf({
      'train-images-idx3-ubyte': images(3, 1),
      'train-labels-idx1-ubyte': labels(7, 0, 7),
      't10k-images-idx3-ubyte.gz': gzipSync(images(2, 2)),
      't10k-labels-idx1-ubyte.gz': gzipSync(labels(0, 7)),
    });
    const { train, test, description } = await openForTest(folder);
    expect(description).toBe('IDX: 3 images of 4 x 5 in 2 classes, test 2');
    expect([train.labels, train.classes, test?.labels]).toEqual([
      Int32Array.of(1, 0, 1),
      ['0', '7'],
      Int32Array.of(0, 1),
    ]);
    const grey = [...images(3, 1)].slice(16 + 20, 16 + 40);
    expect(await pixelsOf(train, 1)).toEqual(grey.flatMap((level) => [level, level, level]));
    const packed = [...images(2, 2)].slice(16, 36);
    expect(await pixelsOf(test as ImageSource, 0)).toEqual(packed.flatMap((level) => [level, level, level]));
    const alone = await openForTest(join(folder, 't10k-images-idx3-ubyte.gz'));
    expect(alone.description).toBe('images without labels (IDX): 2 images of 4 x 5, no test images');
  });

  it('reads QMNIST’s labels, the first of eight numbers', async () => {
    const rows = Buffer.alloc(12 + 2 * 32);
    for (const [i, value] of [0xc02, 2, 8].entries()) rows.writeUInt32BE(value, 4 * i);
    rows.writeInt32BE(7, 12);
    rows.writeInt32BE(4, 12 + 32);
    rows.writeInt32BE(99, 16);
    const folder = folderOf({
      'qmnist-train-images-idx3-ubyte.gz': gzipSync(images(2, 1)),
      'qmnist-train-labels-idx2-int.gz': gzipSync(rows),
    });
    const { train, description } = await openForTest(folder);
    expect(description).toBe('IDX: 2 images of 4 x 5 in 2 classes, no test images');
    expect([train.classes, train.labels]).toEqual([['4', '7'], Int32Array.of(1, 0)]);
  });

  it('takes one of equal files, as Kaggle’s MNIST has them, with its labels', async () => {
    const twice = (split: string, kind: string, content: Buffer) => ({
      [`${split}-${kind}-ubyte/${split}-${kind}-ubyte`]: content,
      [`${split}-${kind.replace('-', '.')}-ubyte`]: content,
    });
    const files = {
      ...twice('train', 'images-idx3', images(3, 1)),
      ...twice('train', 'labels-idx1', labels(7, 0, 7)),
      ...twice('t10k', 'images-idx3', images(2, 2)),
    };
    const { train, test, description } = await openForTest(folderOf(files));
    expect([train.labels, test?.count]).toEqual([Int32Array.of(1, 0, 1), 2]);
    expect(description).toContain('IDX: 3 images of 4 x 5 in 2 classes, test 2 (without labels), not read: 3 files');
    const differing = folderOf({ ...files, 'train-images.idx3-ubyte': images(3, 5) });
    expect(await problemOf(differing)).toContain(
      "got two that differ: train-images.idx3-ubyte and train-images-idx3-ubyte/train-images-idx3-ubyte | Leave one out: --set 'data.exclude=[",
    );
  });

  it('asks for one of several data sets', async () => {
    const set = (name: string, seed: number) => ({
      [`${name}train-images-idx3-ubyte`]: images(2, seed),
      [`${name}train-labels-idx1-ubyte`]: labels(seed, 0),
    });
    const folder = folderOf({ ...set('emnist-letters-', 1), ...set('emnist-digits-', 2) });
    const problem = await problemOf(folder);
    expect(problem).toContain(
      'expected one data set, got 2 that would be mixed up: emnist-digits, emnist-letters in PATH',
    );
    const [, braces = ''] = /--data 'PATH([^']*)'/.exec(problem) ?? [];
    const { train } = await openForTest(folder + braces);
    expect(train.classes).toEqual(['0', '2']);
    const folders = folderOf({ ...set('mnist/', 1), ...set('fashion/', 2) });
    expect(await problemOf(folders)).toContain("Choose one: --data 'PATH/fashion' or --data 'PATH/mnist'");
  });

  it('says that labels are missing, and does not read them with data.labels none', async () => {
    const folder = folderOf({ 'train-images-idx3-ubyte': images(3, 1), 'train-labels-idx2-ubyte': labels(1) });
    expect(await problemOf(folder)).toContain('got another header: train-labels-idx2-ubyte');
    expect((await openForTest(folder, { labels: 'none' })).train.count).toBe(3);
    expect((await openForTest(folderOf({ 'train-images-idx3-ubyte': images(3, 1) }))).description).toContain(
      'images without labels (IDX; no file of labels has the name of train-images-idx3-ubyte)',
    );
  });

  it('checks lengths against the header before anything is read', async () => {
    const name = 'train-images-idx3-ubyte';
    expect(await problemOf(folderOf({ [name]: images(3, 1).subarray(0, 40) }))).toBe(
      `expected an IDX file of bytes with 3 dimensions, got 40 bytes for the sizes 3 x 5 x 4: ${name} | Fetch it again; the file is cut short or of another kind.`,
    );
    expect(await problemOf(folderOf({ [name]: header(0xffffffff, 0xffffffff, 9) }))).toContain(
      'got 16 bytes for the sizes 4294967295',
    );
    expect(await problemOf(folderOf({ [name]: 'text' }))).toContain('got another header');
    const uneven = folderOf({ [name]: images(3, 1), 'train-labels-idx1-ubyte': labels(1) });
    expect(await problemOf(uneven)).toContain(
      `expected 3 labels, as many as images in ${name}, got 1 in train-labels-idx1-ubyte`,
    );
    const bomb = folderOf({ [`${name}.gz`]: gzipSync(Buffer.alloc(3 * 2 ** 20)) });
    expect(await problemOf(bomb, { archiveBytes: 2 ** 20 })).toContain(
      'expected a compressed file of at most 1 MiB unpacked',
    );
  });

  it.skipIf(process.env.CL_FASHION_MNIST === undefined)('reads all of Fashion-MNIST (CL_FASHION_MNIST)', async () => {
    const { train, description } = await openForTest(process.env.CL_FASHION_MNIST as string);
    expect(description).toBe('IDX: 60,000 images of 28 x 28 in 10 classes, test 10,000');
    expect([...(train.labels as Int32Array).slice(0, 5)]).toEqual([9, 0, 0, 3, 0]);
  });
});

describe('an archive or folder of unknown files', () => {
  it('reads what a gzipped file holds before it decides', async () => {
    const tar = gunzipSync(readFileSync(sourceFixture('cifar-10-binary.tar.gz')));
    const path = join(folderOf({}), 'cifar.tar');
    writeFileSync(path, tar);
    expect((await openForTest(path)).description).toContain('CIFAR-10 binary');
    expect(await problemOf(folderOf({ 'a.bin': 'x' }))).toContain('got only other files (1 .bin)');
    const names = ['LICENSE', 'README', 'a.one', 'a.two', 'a.three', 'a.four', 'a.five'];
    expect(await problemOf(folderOf(Object.fromEntries(names.map((name) => [name, 'x']))))).toContain(
      'got only other files (2 without suffix, 1 .five, 1 .four, 1 .one, 1 .three, 1 other)',
    );
  });
});
