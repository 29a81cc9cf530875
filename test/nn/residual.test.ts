import { describe, expect, it } from 'vitest';
import { constant } from '../../src/nn/initializers.ts';
import { type Layer, prefixed } from '../../src/nn/layer.ts';
import { residual } from '../../src/nn/residual.ts';
import { gradients } from '../../src/runtime/gradients.ts';
import { float32 } from '../../src/runtime/host-tensor.ts';
import { runOnce } from '../../src/runtime/run-once.ts';
import { type Tensor, tf } from '../../src/runtime/tf.ts';

const scale: Layer = {
  variables: { factor: { shape: [], kind: 'parameter', initialize: constant(1) } },
  apply: (lookup, x) => ({ y: tf.mul(x, lookup('factor')), buffers: { seen: tf.sum(x) } }),
  trace: (shape) => ({ shape, activations: 7 }),
};
const run = (layer: Layer) =>
  runOnce(
    (inputs) => {
      const x = inputs['x'] as Tensor;
      const { y, buffers } = layer.apply((name) => inputs[name] as Tensor, x, { mode: 'train' });
      return { y, ...prefixed('new ', buffers), gradient: gradients(tf.sum(tf.square(y)), { x })['x'] as Tensor };
    },
    { x: [1, -2, 3], factor: -2, 'downsample.factor': 10 },
  );

describe('residual', () => {
  it('adds its input, and then takes the positive part', async () => {
    const layer = residual(scale);
    expect(Object.keys(layer.variables)).toEqual(['factor']);
    // x - 2 x = -x, of which 2 is positive; d (y^2) / dx = 2 y (1 - 2).
    expect(await run(layer)).toEqual({
      y: float32([0, 2, 0], [3]),
      'new seen': float32([2], []),
      gradient: float32([0, -4, 0], [3]),
    });
  });

  it('adds a shortcut under `downsample.`', async () => {
    const layer = residual(scale, scale);
    expect(Object.keys(layer.variables)).toEqual(['factor', 'downsample.factor']);
    expect(await run(layer)).toEqual({
      y: float32([8, 0, 24], [3]),
      'new seen': float32([2], []),
      'new downsample.seen': float32([2], []),
      gradient: float32([128, 0, 384], [3]),
    });
  });

  it('counts the sum and its positive part as activations', () => {
    expect(residual(scale).trace([2, 2, 3])).toEqual({ shape: [2, 2, 3], activations: 7 + 24 });
    expect(residual(scale, scale).trace([3])).toEqual({ shape: [3], activations: 7 + 7 + 6 });
  });
});
