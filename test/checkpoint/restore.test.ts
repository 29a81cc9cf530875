import { expect, it } from 'vitest';
import { restore } from '../../src/checkpoint/restore.ts';
import { float32, int32 } from '../../src/runtime/host-tensor.ts';

const a = float32([1, 2], [2]);
const n = int32([3], []);
const spec = { a: { shape: [2], dtype: 'float32' }, n: { shape: [], dtype: 'int32' } } as const;

it('gives the tensors in the expected order', () => {
  const restored = restore(spec, { n, a }, 'x');
  expect(restored).toEqual({ a, n });
  expect(Object.keys(restored)).toEqual(['a', 'n']);
});

it('lists what is missing, unexpected and different, in one message', () => {
  const found = { a: float32([1, 2], [1, 2]), n: float32([3], []), extra: n };
  const expected = { ...spec, 'backbone.conv1.weight': { shape: [4], dtype: 'float32' } } as const;
  expect(() => restore(expected, found, 'step-00000007.safetensors')).toThrow(
    `The tensors of step-00000007.safetensors don't fit this configuration:
  missing (1):
    backbone.conv1.weight
  unexpected (1):
    extra
  different (2):
    a: expected float32 [2], got float32 [1, 2]
    n: expected int32 [], got float32 []`,
  );
});

it('counts what is too long to list, and knows no inherited names', () => {
  const many = Object.fromEntries(Array.from({ length: 11 }, (_, i) => [`t${i}`, n]));
  expect(() => restore({}, many, 'x')).toThrow(/unexpected \(11\):\n( {4}t\d\n){8} {4}and 3 more$/);
  expect(() => restore({ toString: spec.n }, {}, 'x')).toThrow('toString');
});

it('repeats no name in full that is long', () => {
  const long = 'x'.repeat(900);
  const expected = { ...spec, [long]: { shape: [1, 2], dtype: 'float32' } } as const;
  expect(() => restore(expected, { a, n }, 'y')).toThrow(/missing \(1\):\n {4}x{157}\.\.\.$/);
});
