import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { openForTest, pixelsOf, problemOf } from '../fixture-sources.ts';
import { rawTar } from '../raw-tar.ts';
import { folderOf } from '../temp-files.ts';

const cifar = (label: number, ...more: number[]): Buffer =>
  Buffer.concat([Buffer.from([...more, label]), Buffer.alloc(3072, label)]);

const idx = (kind: number, ...sizes: number[]): Buffer => {
  const bytes = Buffer.alloc(4 + 4 * sizes.length + sizes.reduce((a, b) => a * b, 1), 1);
  for (const [i, value] of [0x800 + kind, ...sizes].entries()) bytes.writeUInt32BE(value, 4 * i);
  return bytes;
};

const stl = Buffer.alloc(2 * 27_648);

const SETS: [string, Record<string, Uint8Array | string>, string][] = [
  [
    'CIFAR-10',
    {
      'data_batch_1.bin': cifar(1),
      'data_batch_2.bin': cifar(2),
      'test_batch.bin': cifar(1),
      'batches.meta.txt': 'zero\none\ntwo\n',
    },
    'CIFAR-10 binary: 2 images of 32 x 32 in 3 classes, test 1',
  ],
  [
    'CIFAR-100',
    { 'train.bin': cifar(1, 0), 'test.bin': cifar(1, 0), 'fine_label_names.txt': 'a\nb\n' },
    'CIFAR-100 binary: 1 image of 32 x 32 in 2 classes, test 1',
  ],
  [
    'STL-10',
    {
      'train_X.bin': stl,
      'train_y.bin': '\x01\x02',
      'test_X.bin': stl,
      'test_y.bin': '\x01\x02',
      'unlabeled_X.bin': stl,
      'class_names.txt': 'a\nb\n',
      'fold_indices.txt': '0\n1\n',
    },
    'STL-10 binary: 2 images of 96 x 96 in 2 classes, test 2, not used: unlabeled (2 images)',
  ],
  [
    'MNIST',
    {
      'train-images-idx3-ubyte': idx(3, 2, 4, 4),
      'train-labels-idx1-ubyte': idx(1, 2),
      't10k-images-idx3-ubyte.gz': gzipSync(idx(3, 1, 4, 4)),
      't10k-labels-idx1-ubyte.gz': gzipSync(idx(1, 1)),
    },
    'IDX: 2 images of 4 x 4 in 1 class, test 1',
  ],
];

const capital = (name: string): string => name[0]?.toUpperCase() + name.slice(1);
const mixed = (name: string): string => [...name].map((c, i) => (i % 2 ? c.toUpperCase() : c.toLowerCase())).join('');

it.each(SETS)('%s is known whatever the case of its names', async (_, files, wanted) => {
  for (const change of [(name: string) => name, (name: string) => name.toUpperCase(), capital, mixed]) {
    const renamed = Object.entries(files).map(([name, content]) => [change(name), content] as const);
    const { description, train } = await openForTest(folderOf(Object.fromEntries(renamed)));
    expect(description).toBe(wanted);
    expect(train.labels).toBeDefined();
    const tar = rawTar(renamed.map(([name, content]) => [`SET/${name}`, content] as const));
    const folder = folderOf({ 'x.tar': tar });
    expect((await openForTest(`${folder}/x.tar`)).description).toBe(wanted);
  }
});

it('batches stay in order, and of two that differ in case alone one is taken', async () => {
  const folder = folderOf({
    'data_batch_1.bin': cifar(1),
    'Data_batch_2.BIN': cifar(2),
    'DATA_BATCH_1.BIN': cifar(1),
    'data_batch_3.bin': cifar(3),
  });
  const { train, description } = await openForTest(folder);
  expect(description).toContain('3 images of 32 x 32 in 10 classes, no test images, not read: 1 file (1 .bin)');
  expect(await Promise.all([0, 1, 2].map(async (i) => (await pixelsOf(train, i))[0]))).toEqual([1, 2, 3]);
});

it('pickles are known in capitals, too', async () => {
  expect(await problemOf(folderOf({ DATA_BATCH_1: 'x', TEST_BATCH: 'x' }))).toContain('cifar-10-binary.tar.gz');
  expect(await problemOf(folderOf({ TRAIN: 'x', TEST: 'x', META: 'x' }))).toContain('cifar-100-binary.tar.gz');
});
