import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { openForTest, problemOf } from '../fixture-sources.ts';
import { npy } from '../numpy-files.ts';
import { folderOf } from '../temp-files.ts';

const idx = (kind: number, ...sizes: number[]): Buffer => {
  const bytes = Buffer.alloc(4 + 4 * sizes.length + sizes.reduce((a, b) => a * b, 1));
  for (const [i, value] of [0x800 + kind, ...sizes].entries()) bytes.writeUInt32BE(value, 4 * i);
  return bytes;
};

const MNIST = { 'train-images-idx3-ubyte': idx(3, 2, 4, 4) };
const STL10 = { 'train_X.bin': Buffer.alloc(2 * 27_648) };
const CIFAR = Buffer.alloc(2 * 3073);
const LATIN1 = Buffer.from('ni\xf1o\n', 'latin1');

describe('labels that can not be read stop no training without labels', () => {
  it.each<[string, Record<string, Uint8Array | string>]>([
    ['IDX, cut', { ...MNIST, 'train-labels-idx1-ubyte': idx(1, 2).subarray(0, 9) }],
    ['IDX, another kind', { ...MNIST, 'train-labels-idx1-ubyte': 'text' }],
    ['IDX, another number', { ...MNIST, 'train-labels-idx1-ubyte': idx(1, 3) }],
    ['IDX, a cut gzip', { ...MNIST, 'train-labels-idx1-ubyte.gz': gzipSync(idx(1, 2)).subarray(0, 15) }],
    ['IDX, two that differ', { ...MNIST, 'train-labels-idx1-ubyte': idx(1, 2), 'train-labels.idx1-ubyte': idx(1, 3) }],
    ['IDX, a page', { ...MNIST, 'train-labels-idx1-ubyte': '<!doctype html><html></html>' }],
    ['STL-10, another number', { ...STL10, 'train_y.bin': '\x01' }],
    ['STL-10, no class', { ...STL10, 'train_y.bin': '\x01\x00' }],
    ['STL-10, names', { ...STL10, 'train_y.bin': '\x01\x01', 'class_names.txt': LATIN1 }],
    ['CIFAR-10, no class', { 'data_batch_1.bin': Buffer.alloc(3073, 11) }],
    ['CIFAR-10, names', { 'data_batch_1.bin': CIFAR, 'batches.meta.txt': LATIN1 }],
    ['CIFAR-100, names', { 'train.bin': Buffer.alloc(3074), 'fine_label_names.txt': LATIN1 }],
    ['NumPy, a damaged file', { 'x.npy': npy([2, 4, 4], new Uint8Array(32)), 'y.npy': 'text' }],
    ['NumPy, another number', { 'x.npy': npy([2, 4, 4], new Uint8Array(32)), 'y.npy': npy([3], new Uint8Array(3)) }],
  ])('%s', async (_, files) => {
    const folder = folderOf(files);
    const problem = await problemOf(folder);
    expect(problem).toContain('--set data.labels=none');
    expect((await openForTest(folder, { labels: 'none' })).train.count).toBeGreaterThan(0);
  });

  it('STL-10 goes on without folds that can not be read', async () => {
    const folder = folderOf({ 'stl/train_X.bin': STL10['train_X.bin'], 'stl/fold_indices.txt': '0 7\n' });
    expect(await problemOf(folder)).toContain("go on without the folds: --set 'data.exclude=[stl/fold_indices.txt]'");
    expect((await openForTest(folder, { exclude: ['stl/fold_indices.txt'] })).train.count).toBe(2);
  });
});
