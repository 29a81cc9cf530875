import { describe, it } from 'vitest';
import { batchNorm } from '../../src/nn/batch-norm.ts';
import { evaluate } from '../../src/runtime/evaluate.ts';
import { gradients } from '../../src/runtime/gradients.ts';
import { fromNested, type NestedNumbers } from '../../src/runtime/host-tensor.ts';
import { type Tensor, tf } from '../../src/runtime/tf.ts';
import { expectNear, fromNchw, readVectors } from '../support-tensors.ts';

interface Vectors {
  weight: number[];
  bias: number[];
  running_mean_before: number[];
  running_var_before: number[];
  train_steps: Record<
    'x' | 'grad_y' | 'y' | 'grad_x' | 'grad_weight' | 'grad_bias' | 'running_mean_after' | 'running_var_after',
    NestedNumbers
  >[];
  eval: { x: NestedNumbers; y: NestedNumbers };
}
const vectors = readVectors<Vectors>('batchnorm');
const layer = batchNorm(2);

const lookupIn = (tensors: Readonly<Record<string, Tensor>>) => (name: string) => tensors[name] as Tensor;

describe('batchNorm', () => {
  it('equals PyTorch over two training steps: output, gradients and running statistics', async () => {
    let running: Record<string, NestedNumbers> = {
      running_mean: vectors.running_mean_before,
      running_var: vectors.running_var_before,
    };
    for (const step of vectors.train_steps) {
      const result = await evaluate(
        (inputs) => {
          const x = inputs['x'] as Tensor;
          const { y, buffers } = layer.apply(lookupIn(inputs), x, { mode: 'train' });
          const { weight, bias } = inputs as Record<'weight' | 'bias', Tensor>;
          const { x: gradX, ...rest } = gradients(y, { x, weight, bias }, inputs['gradY']);
          return { y, gradX: gradX as Tensor, ...rest, ...buffers };
        },
        { x: fromNchw(step.x), gradY: fromNchw(step.grad_y), weight: vectors.weight, bias: vectors.bias, ...running },
      );
      expectNear(result['y'], fromNchw(step.y));
      expectNear(result['gradX'], fromNchw(step.grad_x), 2e-5);
      expectNear(result['weight'], fromNested(step.grad_weight));
      expectNear(result['bias'], fromNested(step.grad_bias));
      expectNear(result['running_mean'], fromNested(step.running_mean_after));
      expectNear(result['running_var'], fromNested(step.running_var_after));
      running = { running_mean: step.running_mean_after, running_var: step.running_var_after };
    }
  });

  it('uses the stored statistics in evaluation', async () => {
    const last = vectors.train_steps.at(-1);
    const { value } = await evaluate(
      (inputs) => layer.apply(lookupIn(inputs), inputs['x'] as Tensor, { mode: 'eval' }).y,
      {
        x: fromNchw(vectors.eval.x),
        weight: vectors.weight,
        bias: vectors.bias,
        running_mean: last?.running_mean_after ?? [],
        running_var: last?.running_var_after ?? [],
      },
    );
    expectNear(value, fromNchw(vectors.eval.y));
  });

  it('normalises vectors [n, c] as it does images', async () => {
    const rows = [
      [1, 2],
      [3, -4],
      [5, 9],
    ];
    const parameters = { weight: [2, 0.5], bias: [1, -1], running_mean: [0, 0], running_var: [1, 1] };
    const result = await evaluate(
      (inputs) => {
        const images = tf.reshape(inputs['x'] as Tensor, [3, 1, 1, 2]);
        const asImages = layer.apply(lookupIn(inputs), images, { mode: 'train' }).y;
        return {
          vectors: layer.apply(lookupIn(inputs), inputs['x'] as Tensor, { mode: 'train' }).y,
          images: tf.reshape(asImages, [3, 2]),
        };
      },
      { x: rows, ...parameters },
    );
    // Column (1, 3, 5): mean 3, biased variance 8/3.
    const first = (x: number): number => 1 + (2 * (x - 3)) / Math.sqrt(8 / 3 + 1e-5);
    expectNear(result['images'], result['vectors'] as never);
    for (const row of [0, 1, 2]) {
      const value = result['vectors']?.data[row * 2] ?? Number.NaN;
      expectNear(fromNested([value]), fromNested([first(rows[row]?.[0] ?? 0)]));
    }
  });
});
