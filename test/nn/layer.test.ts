import { describe, expect, it } from 'vitest';
import { constant } from '../../src/nn/initializers.ts';
import { type Layer, prefixed, pure, scoped, sequential } from '../../src/nn/layer.ts';
import { float32 } from '../../src/runtime/host-tensor.ts';
import { runOnce } from '../../src/runtime/run-once.ts';
import { type Tensor, tf } from '../../src/runtime/tf.ts';

/** Multiplies by `factor` in training, by `last` otherwise, and keeps its input's sum. */
const scale = (factor: number): Layer => ({
  variables: {
    factor: { shape: [], kind: 'parameter', initialize: constant(factor) },
    last: { shape: [], kind: 'buffer', initialize: constant(1) },
  },
  apply: (lookup, x, { mode }) => ({
    y: tf.mul(x, lookup(mode === 'train' ? 'factor' : 'last')),
    buffers: mode === 'train' ? { last: tf.sum(x) } : {},
  }),
  trace: (shape) => ({ shape, activations: 10 }),
});

const inner = sequential([
  ['0', scale(2)],
  ['', pure((x) => tf.add(x, 1))],
  ['1', scale(3)],
]);
const layer = sequential([
  ['a', inner],
  [
    '',
    pure(
      (x) => tf.sum(x, 1),
      ([, channels = 0]) => [channels],
    ),
  ],
  ['', scale(5)],
]);
const state = { 'a.0.factor': 2, 'a.0.last': 10, 'a.1.factor': 3, 'a.1.last': 100, factor: 5, last: 1 };
const run = (mode: 'train' | 'eval') =>
  runOnce(
    (inputs) => {
      const { y, buffers } = layer.apply((name) => inputs[name] as Tensor, inputs['x'] as Tensor, { mode });
      return { y, ...prefixed('new ', buffers) };
    },
    { x: [[1, 2]], ...state },
  );

describe('sequential', () => {
  it('names variables by key, and by nothing under an empty key', () => {
    expect(Object.keys(layer.variables)).toEqual(Object.keys(state));
    expect(layer.variables['a.1.factor']?.initialize([], undefined as never)).toEqual(Float32Array.of(3));
  });

  it('runs its layers one after another and collects new values of buffers', async () => {
    // (1, 2) -> (2, 4) -> (3, 5) -> (9, 15) -> 24 -> 120.
    expect(await run('train')).toEqual({
      y: float32([120], [1]),
      'new a.0.last': float32([3], []),
      'new a.1.last': float32([8], []),
      'new last': float32([24], []),
    });
  });

  it('hands the mode on', async () => {
    // (1, 2) -> (10, 20) -> (11, 21) -> (1100, 2100) -> 3200.
    expect(await run('eval')).toEqual({ y: float32([3200], [1]) });
  });

  it('adds up the activations and follows the shape', () => {
    // 10 + 2 x 3 + 10 in the inner layers, then 3, then 10.
    expect(layer.trace([2, 3])).toEqual({ shape: [3], activations: 39 });
  });
});

describe('names', () => {
  it('are prefixed and looked up the same way', () => {
    expect(prefixed('p.', { a: 1, b: 2 })).toEqual({ 'p.a': 1, 'p.b': 2 });
    const asked: string[] = [];
    scoped(
      scoped((name) => asked.push(name) as never, 'p.'),
      'q.',
    )('a');
    expect(asked).toEqual(['p.q.a']);
  });
});
