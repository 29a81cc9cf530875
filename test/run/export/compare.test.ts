import { expect, it } from 'vitest';
import { parseManifest } from '../../../src/run/export/manifest.ts';
import { meansOf, relativeError } from '../../../src/run/export/verify/compare.ts';
import { graphInput } from '../../../src/run/export/verify/graph-input.ts';
import { float32 } from '../../../src/runtime/host-tensor.ts';
import { manifestOf } from './manifests.ts';

it('measures the largest error in shares of the largest value of its image', () => {
  const expected = float32([1, -4, 10, 20], [2, 2]);
  expect(relativeError(float32([1, -4, 10, 20], [2, 2]), expected)).toBe(0);
  expect(relativeError(float32([1.5, -4, 10, 21], [2, 2]), expected)).toBeCloseTo(0.125, 6);
  // Fewer images are compared with the first ones.
  expect(relativeError(float32([1, -2], [1, 2]), expected)).toBeCloseTo(0.5, 6);
});

it.each([
  ['another width', float32([1, 2, 3, 4, 5, 6], [2, 3])],
  ['no images', float32([], [0, 2])],
  ['nothing', undefined],
  ['NaN', float32([1, Number.NaN, 10, 20], [2, 2])],
  ['a value where only zeros are expected', float32([0, 0, 10, 20.1], [2, 2]), float32([0, 0, 0, 0], [2, 2])],
])('finds %s infinitely wrong', (_, found, expected = float32([1, -4, 10, 20], [2, 2])) => {
  expect(relativeError(found, expected)).toBe(Number.POSITIVE_INFINITY);
});

it('averages maps in both orders of axes', () => {
  const values = Array.from({ length: 12 }, (_, i) => i);
  expect([...meansOf(float32(values, [1, 2, 2, 3]), 'nhwc').data]).toEqual([4.5, 5.5, 6.5]);
  expect([...meansOf(float32(values, [1, 3, 2, 2]), 'nchw').data]).toEqual([1.5, 5.5, 9.5]);
});

it('normalises images for graphs that take them so, in both orders of axes', () => {
  const images = { dtype: 'uint8', shape: [1, 1, 2, 3], data: Uint8Array.of(0, 51, 102, 153, 204, 255) } as const;
  const manifest = parseManifest(manifestOf({ input: 'normalized' }), 'x');
  const close = (values: Iterable<number>) => [...values].map((value) => Number(value.toFixed(5)));
  expect(close(graphInput(images, manifest, 'nhwc').data)).toEqual([-2, -1.2, -0.4, 0.4, 1.2, 2]);
  const { shape, data } = graphInput(images, manifest, 'nchw');
  expect(shape).toEqual([1, 3, 1, 2]);
  expect(close(data)).toEqual([-2, 0.4, -1.2, 1.2, -0.4, 2]);
  expect(graphInput(images, parseManifest(manifestOf(), 'x'), 'nhwc')).toBe(images);
});
