import { describe, expect, it } from 'vitest';
import { openForTest, problemOf } from '../fixture-sources.ts';
import { npy } from '../numpy-files.ts';
import { rawZip } from '../raw-zip.ts';
import { folderOf, patternPixels } from '../temp-files.ts';

const images = (count: number): Buffer => npy([count, 4, 5], patternPixels(count * 4, 5, 1));
const labels = (count: number): Buffer =>
  npy(
    [count],
    Uint8Array.from({ length: count }, (_, i) => i % 2),
  );
const NAMES = npy([2], Buffer.from('cats', 'utf16le').subarray(0, 8), '|S4');

/** An .npz of these arrays. */
const npz = (arrays: Readonly<Record<string, Buffer>>): string => {
  const entries = Object.entries(arrays).map(([name, body]) => ({ name: `${name}.npy`, body }));
  return `${folderOf({ 'a.npz': rawZip(entries) })}/a.npz`;
};

describe('names of classes', () => {
  it.each(['class_names', 'label_names', 'classes', 'target_names'])('block no images: %s', async (name) => {
    const { train, description } = await openForTest(npz({ images: images(4), [name]: NAMES }));
    expect([train.count, train.labels]).toEqual([4, undefined]);
    expect(description).toContain(`arrays not read: a/${name}`);
  });

  it.each([4, 2])('do not hide labels, of %s images', async (count) => {
    const path = npz({ images: images(count), labels: labels(count), class_names: NAMES });
    const { train, description } = await openForTest(path);
    expect(train.classes).toEqual(['0', '1']);
    expect(description).toContain('arrays not read: a/class_names');
  });

  it('are labels where there is one for each image, and nothing else', async () => {
    const { train } = await openForTest(npz({ images: images(4), label_names: labels(4) }));
    expect(train.labels).toEqual(Int32Array.of(0, 1, 0, 1));
  });

  it('that the user calls labels are an error', async () => {
    const path = npz({ images: images(4), class_names: NAMES });
    expect(await problemOf(path, { labelField: 'class_names' })).toContain('expected 4 labels');
  });
});

describe('arrays saved without names', () => {
  it.each([
    ['x, x, y, y', [images(4), images(2), labels(4), labels(2)]],
    ['x, y, x, y', [images(4), labels(4), images(2), labels(2)]],
  ])('are told by shapes and lengths: %s', async (_, arrays) => {
    const path = npz(Object.fromEntries(arrays.map((array, i) => [`arr_${i}`, array])));
    const { train, test, description } = await openForTest(path);
    expect([train.count, train.labels, test?.labels]).toEqual([4, Int32Array.of(0, 1, 0, 1), Int32Array.of(0, 1)]);
    expect(description).toContain('taken by their shapes: arr_0 as x_train');
  });

  it.each([
    ['of one length', [images(4), images(4), labels(4), labels(4)]],
    ['of other lengths', [images(4), images(2), labels(4), labels(3)]],
    ['the smaller first', [images(2), images(4), labels(2), labels(4)]],
  ])('are asked for otherwise: %s', async (_, arrays) => {
    const path = npz(Object.fromEntries(arrays.map((array, i) => [`arr_${i}`, array])));
    const problem = await problemOf(path);
    expect(problem).toContain('expected arrays with names, got arr_0 [');
    expect(problem).toContain('numpy.savez("named.npz", x_train=a["arr_0"]');
  });
});
