import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openForTest, pixelsOf, problemOf } from '../fixture-sources.ts';
import { npy, zip } from '../numpy-files.ts';
import { folderOf, patternPixels } from '../temp-files.ts';

const rgb = patternPixels(2 * 4, 5, 3);

describe('NumPy arrays', () => {
  it.each([
    ['[n, h, w, 3]', [2, 4, 5, 3], rgb, [...rgb.subarray(60)]],
    [
      '[n, 3, h, w]',
      [2, 3, 4, 5],
      rgb,
      Array.from({ length: 60 }, (_, i) => rgb[60 + (i % 3) * 20 + Math.floor(i / 3)]),
    ],
    ['[n, h, w, 1]', [2, 4, 5, 1], rgb.subarray(0, 40), [...rgb.subarray(20, 40)].flatMap((v) => [v, v, v])],
    ['[n, h, w]', [2, 4, 5], rgb.subarray(0, 40), [...rgb.subarray(20, 40)].flatMap((v) => [v, v, v])],
    ['[n, 1, h, w]', [2, 1, 4, 5], rgb.subarray(0, 40), [...rgb.subarray(20, 40)].flatMap((v) => [v, v, v])],
  ])('are images as %s', async (_, shape, data, expected) => {
    const { train, description } = await openForTest(folderOf({ 'images.npy': npy(shape, data) }));
    expect(description).toBe('images without labels (NumPy arrays): 2 images of 5 x 4, no test images');
    expect(await pixelsOf(train, 1)).toEqual(expected);
  });

  it('pairs images and labels by their names, in splits', async () => {
    const image = npy([2, 4, 5, 3], rgb);
    const bigEndian = Buffer.from([0, 9, 0, 2]);
    const folder = folderOf({
      'train_images.npy': image,
      'train_labels.npy': npy([2, 1], bigEndian, '>i2'),
      'x_test.npy': image,
      'y_test.npy': npy([2], Buffer.from('0200000000000000ffffffffffffffff', 'hex'), '<i8'),
      'features.npy': npy([1], new Uint8Array(8), '<f8'),
    });
    const { train, test, description } = await openForTest(folder);
    expect([train.labels, train.classes]).toEqual([Int32Array.of(1, 0), ['2', '9']]);
    // -1 says that there is no label.
    expect(test?.labels).toBeUndefined();
    expect(description).toBe(
      'NumPy arrays: 2 images of 5 x 4 in 2 classes, test 2 (without labels), not read: 1 file (1 .npy), such as features.npy',
    );
    const alone = await openForTest(join(folder, 'x_test.npy'));
    expect(alone.train.count).toBe(2);
  });

  it.each([
    ['floats', npy([2, 4, 5, 3], new Uint8Array(480), '<f4'), 'got <f4 [2, 4, 5, 3]: images.npy'],
    ['objects', npy([1], new Uint8Array(4), '|O'), 'got Python objects (pickles are never loaded)'],
    [
      'Fortran order',
      npy([2, 4, 5, 3], rgb, '|u1', 'True'),
      'got |u1 [2, 4, 5, 3] in Fortran order: images.npy | Save numpy.ascontiguousarray(array).',
    ],
    ['wide integers', npy([1, 4, 5], new Uint8Array(160), '<i8'), 'got <i8 [1, 4, 5]: images.npy'],
    ['four channels', npy([1, 4, 5, 4], new Uint8Array(80)), 'got |u1 [1, 4, 5, 4]'],
    ['a wrong length', npy([9, 4, 5, 3], rgb), 'bytes for an array of 9 x 4 x 5 x 3 |u1, got'],
    ['an absurd size', npy([2 ** 40, 2 ** 40, 9], rgb), 'bytes for an array of 1099511627776 x'],
    ['text', Buffer.from('not an array, but text'), 'expected a NumPy array, got another file'],
  ])('refuses %s', async (_, content, reason) => {
    expect(await problemOf(folderOf({ 'images.npy': content }))).toContain(reason);
  });

  it('refuses labels that do not fit, and arrays whose names say nothing', async () => {
    const image = npy([2, 4, 5, 3], rgb);
    expect(await problemOf(folderOf({ 'x.npy': image, 'y.npy': npy([3], rgb.subarray(0, 3)) }))).toContain(
      'expected 2 labels, as many as images in x.npy, got 3 in y.npy',
    );
    expect(await problemOf(folderOf({ 'a.npy': image, 'b.npy': image }))).toContain('got arrays named a, b in PATH');
  });

  it('unpacks compressed arrays up to the budget, and trusts no size', async () => {
    const array = npy([4, 4, 5], new Uint8Array(80));
    const folder = folderOf({
      'good.npz': zip('images.npy', array),
      'stored.npz': zip('images.npy', npy([4, 10, 10], new Uint8Array(400)), undefined, 0),
    });
    expect((await openForTest(join(folder, 'good.npz'))).train.count).toBe(4);
    // As numpy.savez writes it: read in place, whatever the budget.
    const stored = await openForTest(join(folder, 'stored.npz'), { archiveBytes: 256 });
    expect(await pixelsOf(stored.train, 3)).toEqual(Array(300).fill(0));
    expect(await problemOf(join(folder, 'good.npz'), { archiveBytes: 100 })).toContain(
      'expected compressed arrays of at most 0 MiB',
    );
    expect(await problemOf(folderOf({ 'lie.npz': zip('images.npy', new Uint8Array(2 ** 20), 200) }))).toContain(
      'expected a whole .npz file, got a damaged one',
    );
    expect(await problemOf(folderOf({ 'cut.npz': zip('images.npy', array).subarray(0, 60) }))).toContain(
      'got a damaged one',
    );
  });
});
