import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openForTest, problemOf } from '../fixture-sources.ts';
import { npy, zip } from '../numpy-files.ts';
import { folderOf, patternPixels } from '../temp-files.ts';

const THREE = npy([3, 4, 5], patternPixels(3 * 4, 5, 1));
const bytesOf = (array: ArrayBufferView): Buffer => Buffer.from(array.buffer, array.byteOffset, array.byteLength);
const f8 = (...values: number[]): Buffer => bytesOf(Float64Array.from(values));
const withLabels = (labels: Buffer): string => folderOf({ 'images.npy': THREE, 'labels.npy': labels });
const utf16 = (text: string): Buffer => Buffer.from(Uint32Array.from(text, (c) => c.codePointAt(0) as number).buffer);

describe('labels of NumPy arrays', () => {
  it.each([
    ['whole float64', npy([3], f8(2, 0, 10), '<f8'), ['0', '2', '10'], [1, 0, 2]],
    ['whole float32', npy([3], bytesOf(Float32Array.of(1, 0, 1)), '<f4'), ['0', '1'], [1, 0, 1]],
    ['whole float16', npy([3], Buffer.from('003c00000040', 'hex'), '<f2'), ['0', '1', '2'], [1, 0, 2]],
    ['big-endian float64', npy([3], f8(1, 0, 1).swap64(), '>f8'), ['0', '1'], [1, 0, 1]],
    ['|S3', npy([3], Buffer.from('dogcatox\0'), '|S3'), ['cat', 'dog', 'ox'], [1, 0, 2]],
    ['|S2 in Latin-1', npy([3], Buffer.from('\xe9\0\xe8\0\xe9\0', 'latin1'), '|S2'), ['è', 'é'], [1, 0, 1]],
    ['<U2', npy([3], utf16('ab\u{1f600}\0cd'), '<U2'), ['ab', 'cd', '\u{1f600}'], [0, 2, 1]],
    ['bool', npy([3], Uint8Array.of(1, 0, 1), '|b1'), ['false', 'true'], [1, 0, 1]],
    [
      'uint64 beyond 2^53',
      npy([3], bytesOf(BigUint64Array.of(9007199254740993n, 9007199254740992n, 18446744073709551615n)), '<u8'),
      ['9007199254740992', '9007199254740993', '18446744073709551615'],
      [1, 0, 2],
    ],
    ['[n, 1]', npy([3, 1], Uint8Array.of(5, 4, 5)), ['4', '5'], [1, 0, 1]],
    ['[1, n]', npy([1, 3], Uint8Array.of(5, 4, 5)), ['4', '5'], [1, 0, 1]],
  ])('are read: %s', async (_, labels, classes, expected) => {
    const { train } = await openForTest(withLabels(labels));
    expect([train.classes, train.labels]).toEqual([classes, Int32Array.from(expected)]);
  });

  it.each([
    ['halves', npy([3], f8(0, 0.5, 1.25), '<f8'), 'labels.npy[1] has 0.5, which is no class, and 1 more'],
    ['NaN', npy([3], f8(0, 1, Number.NaN), '<f8'), 'labels.npy[2] has none (NaN)'],
    ['-1', npy([3], bytesOf(Int8Array.of(0, -1, 1)), '|i1'), 'labels.npy[1] has none (-1)'],
    ['floats of -1', npy([3], f8(0, -1, 1), '<f8'), 'labels.npy[1] has none (-1)'],
    ['an empty name', npy([3], utf16('ab\0\0cd'), '<U2'), 'labels.npy[1] has none'],
    ['[n, 14]', npy([3, 14], new Uint8Array(42)), 'labels.npy is 3 x 14, one-hot or multi-label, and not a class'],
    ['[n, 2, 2]', npy([3, 2, 2], new Uint8Array(12)), 'labels.npy is 3 x 2 x 2, one-hot'],
    ['objects', npy([3], new Uint8Array(40), '|O'), 'labels.npy holds Python objects, which are never loaded'],
    ['dates', npy([3], new Uint8Array(24), '<M8[ns]'), 'labels.npy has the type <M8[ns], not numbers or names'],
    ['complex numbers', npy([3], new Uint8Array(48), '<c16'), 'labels.npy has the type <c16, not numbers or names'],
  ])('that can not serve (%s) leave the images without, for a reason', async (_, labels, why) => {
    const { train, description } = await openForTest(withLabels(labels));
    expect([train.count, train.labels]).toEqual([3, undefined]);
    expect(description).toContain(`images without labels (NumPy arrays; ${why}`);
  });

  it('of another number are an error that says how to go on, and are not read with data.labels none', async () => {
    const folder = withLabels(npy([2], Uint8Array.of(1, 2)));
    expect(await problemOf(folder)).toContain('train without: --set data.labels=none');
    const { train } = await openForTest(folder, { labels: 'none' });
    expect([train.count, train.labels, train.unlabelled]).toEqual([3, undefined, 'data.labels is none']);
    expect((await openForTest(withLabels(Buffer.from('no array')), { labels: 'none' })).train.count).toBe(3);
  });

  it('are those of the same .npz, and chosen by data.labelField where there are several', async () => {
    const labels = (a: number): Buffer => npy([3], Uint8Array.of(a, a + 1, a));
    const folder = folderOf({ 'x.npy': THREE, 'y_fine.npy': labels(1), 'y_coarse.npy': labels(7) });
    expect((await openForTest(folder)).description).toBe(
      'images without labels (NumPy arrays; 2 arrays could be labels, y_coarse, y_fine: data.labelField chooses one): 3 images of 5 x 4, no test images',
    );
    expect((await openForTest(folder, { labelField: 'fine' })).train.classes).toEqual(['1', '2']);
    expect(await problemOf(folder, { labelField: 'rough' })).toContain(
      'expected an array of labels named rough (data.labelField), got y_coarse, y_fine',
    );
  });

  it('says which arrays are not read, and which data sets lie side by side', async () => {
    const named = folderOf({ 'x.npy': THREE, 'x_test.npy': THREE, 'weights.npy': THREE });
    expect((await openForTest(named)).description).toContain('not read: 1 file (1 .npy), such as weights.npy');
    const two = folderOf({ 'a.npz': zip('images.npy', THREE), 'b.npz': zip('images.npy', THREE) });
    expect(await problemOf(two)).toBe(
      "expected one data set, got 2 that would be mixed up: a.npz, b.npz in PATH | Choose one: --data 'PATH/a.npz' or --data 'PATH/b.npz'",
    );
    expect((await openForTest(join(two, 'a.npz'))).train.count).toBe(3);
  });
});

describe('images of NumPy arrays in another type', () => {
  const images = (data: Uint8Array, type: string): string => folderOf({ 'd.npy': npy([1, 2, 2], data, type) });
  it.each([
    ['floats on [0, 1]', bytesOf(Float32Array.of(0, 0.5, 1, 0.25)), '<f4', '(x * 255).round().astype("uint8")'],
    ['floats to 255', bytesOf(Float32Array.of(0, 12.5, 255, 3)), '<f4', 'x.round().astype("uint8")'],
    ['floats on [-1, 1]', f8(-1, 0, 1, 0.5), '<f8', '((x + 1) * 127.5).round().astype("uint8")'],
    ['standardised floats', f8(-2.1, 0, 2.6, 0.5), '<f8', '((x - x.min()) / (x.max() - x.min()) * 255)'],
    ['int64 to 255', bytesOf(BigInt64Array.of(0n, 255n, 3n, 9n)), '<i8', 'x = x.astype("uint8")'],
    ['16 bits', bytesOf(Uint16Array.of(0, 65535, 3, 9)), '<u2', '(x >> 8).astype("uint8")'],
    ['12 bits in 16', bytesOf(Uint16Array.of(0, 4095, 3, 9)), '<u2', '(x / x.max() * 255).round().astype("uint8")'],
    ['bits', Uint8Array.of(0, 1, 1, 0), '|b1', '(x * 255).astype("uint8")'],
    ['names', Buffer.from('abcd'), '|S1', 'Save pixels from 0 to 255 as uint8.'],
    ['objects', Buffer.from('pickle'), '|O', 'x = numpy.stack(list(x)). Of several sizes: save each as a PNG.'],
  ])('%s: the hint converts them', async (_, data, type, hint) => {
    expect(await problemOf(images(data, type))).toContain(hint);
  });

  it('tells the range that it saw', async () => {
    expect(await problemOf(images(bytesOf(Float32Array.of(0, 0.5, 1, 0.25)), '<f4'))).toContain(
      'got <f4 [1, 2, 2]: d.npy | Its values go from 0 to 1. Save d again, where x is it: x = (x * 255)',
    );
  });

  it('says how to drop a fourth channel and to unfold rows', async () => {
    const folder = (shape: number[], size: number): string => folderOf({ 'd.npy': npy(shape, new Uint8Array(size)) });
    expect(await problemOf(folder([1, 2, 2, 4], 16))).toContain('x = x[..., :3]');
    expect(await problemOf(folder([2, 784], 1568))).toContain('x = x.reshape(len(x), 28, 28)');
  });
});
