import { describe, expect, it } from 'vitest';
import { batchNorm } from '../../src/nn/batch-norm.ts';
import { type Context, prefixed, sequential } from '../../src/nn/layer.ts';
import { residual } from '../../src/nn/residual.ts';
import { gradients } from '../../src/runtime/gradients.ts';
import { float32, fromNested, type NestedNumbers } from '../../src/runtime/host-tensor.ts';
import { runOnce } from '../../src/runtime/run-once.ts';
import { type Tensor, tf } from '../../src/runtime/tf.ts';
import { randomStream } from '../../src/util/rng.ts';
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
      const result = await runOnce(
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
    const { value } = await runOnce(
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
    const result = await runOnce(
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

  describe('in groups', () => {
    const [rows, channels, groups] = [12, 2, 3];
    const random = randomStream(5);
    const draw = (n: number): number[] => Array.from({ length: n }, () => 2 * random.normal() + 1);
    const x = Array.from({ length: rows }, () => draw(channels));
    const gradY = Array.from({ length: rows }, () => draw(channels));
    const parameters = { weight: [2, -0.5], bias: [1, -1], running_mean: [0.3, -2], running_var: [1.5, 0.7] };
    const train = (inputs: Readonly<Record<string, NestedNumbers>>, context: Context) =>
      runOnce(
        (tensors) => {
          const variables = tensors as Record<'x' | 'weight' | 'bias', Tensor>;
          const { y, buffers } = layer.apply(lookupIn(tensors), variables.x, context);
          const { x, weight, bias } = variables;
          const { x: gradX, ...rest } = gradients(y, { x, weight, bias }, tensors['gradY']);
          return { y, gradX: gradX as Tensor, ...rest, ...buffers };
        },
        { ...inputs, ...parameters },
      );

    it('normalises each run of rows by itself and averages the running statistics', async () => {
      const result = await train({ x, gradY }, { mode: 'train', batchNormGroups: groups });
      const size = rows / groups;
      const y: number[][] = x.map(() => []);
      const means: number[] = [];
      const variances: number[] = [];
      for (let c = 0; c < channels; c++) {
        let [runningMean, runningVariance] = [0, 0];
        for (let g = 0; g < groups; g++) {
          let [mean, variance] = [0, 0];
          for (let i = 0; i < size; i++) mean += (x[g * size + i]?.[c] as number) / size;
          for (let i = 0; i < size; i++) variance += ((x[g * size + i]?.[c] as number) - mean) ** 2 / size;
          for (let i = g * size; i < (g + 1) * size; i++) {
            const normalized = ((x[i]?.[c] as number) - mean) / Math.sqrt(variance + 1e-5);
            (y[i] as number[])[c] = normalized * (parameters.weight[c] as number) + (parameters.bias[c] as number);
          }
          const unbiased = (variance * size) / (size - 1);
          runningMean += (0.9 * (parameters.running_mean[c] as number) + 0.1 * mean) / groups;
          runningVariance += (0.9 * (parameters.running_var[c] as number) + 0.1 * unbiased) / groups;
        }
        means.push(runningMean);
        variances.push(runningVariance);
      }
      expectNear(result['y'], fromNested(y));
      expectNear(result['running_mean'], fromNested(means));
      expectNear(result['running_var'], fromNested(variances));
    });

    it('has the gradients of the groups, those of scale and shift summed', async () => {
      const split = await train({ x, gradY }, { mode: 'train', batchNormGroups: groups });
      const size = rows / groups;
      const parts = await Promise.all(
        Array.from({ length: groups }, (_, g) => {
          const own = (values: number[][]): number[][] => values.slice(g * size, (g + 1) * size);
          return train({ x: own(x), gradY: own(gradY) }, { mode: 'train' });
        }),
      );
      const joined = parts.flatMap((part) => Array.from(part['gradX']?.data ?? []));
      expectNear(split['gradX'], float32(joined, [rows, channels]));
      for (const name of ['weight', 'bias']) {
        const sum = Array.from({ length: channels }, (_, c) =>
          parts.reduce((total, part) => total + (part[name]?.data[c] ?? Number.NaN), 0),
        );
        expectNear(split[name], fromNested(sum));
      }
    });

    it('of one is the usual, as is evaluation in groups', async () => {
      const usual = await train({ x, gradY }, { mode: 'train' });
      expect(await train({ x, gradY }, { mode: 'train', batchNormGroups: 1 })).toEqual(usual);
      const stored = await train({ x, gradY }, { mode: 'eval' });
      expect(await train({ x, gradY }, { mode: 'eval', batchNormGroups: groups })).toEqual(stored);
      expect(stored['y']).not.toEqual(usual['y']);
    });

    it('must divide the rows', async () => {
      await expect(train({ x, gradY }, { mode: 'train', batchNormGroups: 5 })).rejects.toThrow(
        'Expected a multiple of 5 rows for BatchNorm in groups, got 12.',
      );
    });

    it('reaches the BatchNorms of a network', async () => {
      const network = sequential([['a', residual(sequential([['b', batchNorm(2)]]))]]);
      const seen = (batchNormGroups: number) =>
        runOnce(
          (tensors) => network.apply(lookupIn(tensors), tensors['x'] as Tensor, { mode: 'train', batchNormGroups }).y,
          { x: x.map((row) => [[row]]), ...prefixed('a.b.', parameters) },
        );
      expect(await seen(3)).not.toEqual(await seen(1));
    });
  });
});
