import { describe, expect, it } from 'vitest';
import {
  elementCount,
  float32,
  fromNested,
  int32,
  type NestedNumbers,
  toNested,
  uint8,
} from '../../src/runtime/host-tensor.ts';

describe('host tensors', () => {
  it('hold values in the array of their type', () => {
    expect(float32([1, 0.1], [2])).toEqual({ dtype: 'float32', shape: [2], data: Float32Array.of(1, 0.1) });
    expect(int32([1, -2], [1, 2])).toEqual({ dtype: 'int32', shape: [1, 2], data: Int32Array.of(1, -2) });
    const bytes = Uint8Array.of(3);
    expect(uint8(bytes, []).data).toBe(bytes);
    const floats = Float32Array.of(1);
    expect(float32(floats, []).data).toBe(floats);
  });

  it('count their elements, one for a scalar', () => {
    expect([[], [3], [2, 3, 4], [2, 0]].map(elementCount)).toEqual([1, 3, 24, 0]);
  });
});

describe('fromNested and toNested', () => {
  it.each<[NestedNumbers, number[]]>([
    [5, []],
    [[], [0]],
    [
      [[], []],
      [2, 0],
    ],
    [[1, 2, 3], [3]],
    [
      [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
      [3, 2],
    ],
    [[[[1], [2]]], [1, 2, 1]],
  ])('are inverse: %j', (values, shape) => {
    const tensor = fromNested(values);
    expect(tensor.shape).toEqual(shape);
    expect(tensor.data).toHaveLength(elementCount(shape));
    expect(toNested(tensor)).toEqual(values);
  });

  it('keep values in row-major order', () => {
    const nested = [
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
      [
        [7, 8, 9],
        [10, 11, 12],
      ],
    ];
    expect([...fromNested(nested).data]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect(toNested(int32([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], [2, 2, 3]))).toEqual(nested);
  });

  it.each<[NestedNumbers, string]>([
    [[[1, 2], [3]], 'Expected every row to have 2 values, got 1.'],
    [[[1], [2, 3]], 'Expected every row to have 1 values, got 2.'],
    [[[], [1]], 'Expected every row to have 0 values, got 1.'],
    [[[1], 2], 'Expected nested arrays of equal depth.'],
    [[1, [2]], 'Expected nested arrays of equal depth.'],
    [[[1], [[2]]], 'Expected nested arrays of equal depth.'],
  ])('refuse ragged rows: %j', (values, message) => {
    expect(() => fromNested(values)).toThrow(new RangeError(message));
  });
});
