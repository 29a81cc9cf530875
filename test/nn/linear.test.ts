import { describe, expect, it } from 'vitest';
import { linear } from '../../src/nn/linear.ts';
import { float32 } from '../../src/runtime/host-tensor.ts';
import { runOnce } from '../../src/runtime/run-once.ts';
import type { Tensor } from '../../src/runtime/tf.ts';
import { randomStream } from '../../src/util/rng.ts';

const x = [
  [1, 2, 3],
  [-1, 0, 1],
];
const weight = [
  [1, 0],
  [0, 1],
  [2, -1],
];
const bias = [10, 20];
const apply = async (hasBias: boolean) => {
  const { value } = await runOnce(
    (inputs) =>
      linear(3, 2, { bias: hasBias }).apply((name) => inputs[name] as Tensor, inputs['x'] as Tensor, { mode: 'train' })
        .y,
    { x, weight, bias },
  );
  return value;
};

describe('linear', () => {
  it('is x w + b', async () => {
    expect(await apply(true)).toEqual(float32([17, 19, 11, 19], [2, 2]));
    expect(await apply(false)).toEqual(float32([7, -1, 1, -1], [2, 2]));
  });

  it('owns a weight [input, output] and, when asked, a bias', () => {
    const shapes = (layer: ReturnType<typeof linear>): unknown =>
      Object.entries(layer.variables).map(([name, { shape, kind }]) => [name, shape, kind]);
    expect(shapes(linear(3, 2, { bias: true }))).toEqual([
      ['weight', [3, 2], 'parameter'],
      ['bias', [2], 'parameter'],
    ]);
    expect(shapes(linear(3, 2, { bias: false }))).toEqual([['weight', [3, 2], 'parameter']]);
    expect(linear(3, 2, { bias: true }).trace([3])).toEqual({ shape: [2], activations: 2 });
  });

  it.each(['weight', 'bias'])("starts its %s as PyTorch's: uniform within 1 / sqrt(input)", (name) => {
    const values = linear(64, 500, { bias: true }).variables[name]?.initialize([64, 500], randomStream(2)) ?? [];
    const square = [...values].reduce((sum, value) => sum + value ** 2, 0) / values.length;
    expect(Math.max(...values)).toBeLessThanOrEqual(1 / 8);
    expect(Math.max(...values)).toBeGreaterThan(0.124);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(-1 / 8);
    expect(Math.sqrt(square)).toBeCloseTo(1 / 8 / Math.sqrt(3), 3);
  });
});
