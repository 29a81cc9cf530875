import { describe, expect, it } from 'vitest';
import { initialValues } from '../../src/methods/initial-values.ts';
import type { Layer } from '../../src/nn/layer.ts';
import { mlp } from '../../src/nn/mlp.ts';
import { fromNested, type HostTensor } from '../../src/runtime/host-tensor.ts';
import { runOnce } from '../../src/runtime/run-once.ts';
import { type Tensor, tf } from '../../src/runtime/tf.ts';
import { normals } from '../methods/tiny-methods.ts';
import { expectNear, readVectors } from '../support-tensors.ts';

const { heads } = readVectors<{ heads: Record<string, number> }>('resnet_parameters');
const sizes = { input: 128, hidden: 128, output: 64, layers: 2 };

const count = ({ variables }: Layer): number =>
  Object.values(variables)
    .filter(({ kind }) => kind === 'parameter')
    .reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);

describe('mlp', () => {
  it("has PyTorch's number of parameters", () => {
    expect(heads['simclr 128-128-64, BN after the first linear']).toBe(24_896);
    expect(count(mlp({ ...sizes, batchNorm: true }))).toBe(24_896);
    expect(count(mlp({ ...sizes, batchNorm: false }))).toBe(heads['moco 128-128-64, no BN']);
  });

  it('numbers its variables as nn.Sequential does', () => {
    const names = (layers: number, batchNorm: boolean): string[] =>
      Object.keys(mlp({ ...sizes, layers, batchNorm }).variables);
    expect(names(1, true)).toEqual(['0.weight', '0.bias']);
    expect(names(3, false)).toEqual(['0.weight', '0.bias', '2.weight', '2.bias', '4.weight', '4.bias']);
    const norm = (i: number): string[] => ['weight', 'bias', 'running_mean', 'running_var'].map((n) => `${i}.${n}`);
    // Linear maps before BatchNorm have no bias.
    expect(names(3, true)).toEqual([...['0.weight', ...norm(1), '3.weight', ...norm(4)], ...['6.weight', '6.bias']]);
  });

  it('ends as asked: without bias, or with a BatchNorm that learns scale and shift or nothing', () => {
    const names = (lastBatchNorm: 'none' | 'affine' | 'plain', layers = 2): string[] =>
      Object.keys(mlp({ ...sizes, layers, batchNorm: false, lastBias: false, lastBatchNorm }).variables);
    expect(names('none')).toEqual(['0.weight', '0.bias', '2.weight']);
    const statistics = ['3.running_mean', '3.running_var'];
    expect(names('plain')).toEqual(['0.weight', '0.bias', '2.weight', ...statistics]);
    expect(names('affine')).toEqual(['0.weight', '0.bias', '2.weight', '3.weight', '3.bias', ...statistics]);
    expect(names('plain', 1)).toEqual(['0.weight', '1.running_mean', '1.running_var']);
    // MoCo v3's projector of a ResNet-50: 2048-4096-256, BatchNorm after both, the last without scale and shift.
    const projector = { input: 2048, hidden: 4096, output: 256, layers: 2, batchNorm: true, lastBias: false } as const;
    expect(count(mlp({ ...projector, lastBatchNorm: 'plain' }))).toBe(2048 * 4096 + 2 * 4096 + 4096 * 256);
  });

  it('normalises the last map without scale and shift', async () => {
    const layer = mlp({ ...sizes, input: 2, output: 1, layers: 1, batchNorm: true, lastBatchNorm: 'plain' });
    const { y, ...buffers } = await runOnce(
      (inputs) => {
        const applied = layer.apply((name) => inputs[name] as Tensor, inputs['x'] as Tensor, { mode: 'train' });
        return { y: applied.y, ...applied.buffers };
      },
      {
        // x w + 7 = 8, 10, 15: mean 11, biased variance 26/3, unbiased 13.
        x: fromNested([
          [1, 0],
          [3, 0],
          [0, 4],
        ]),
        ...{ '0.weight': [[1], [2]], '0.bias': [7], '1.running_mean': [1], '1.running_var': [2] },
      },
    );
    const deviation = Math.sqrt(26 / 3 + 1e-5);
    expectNear(y, fromNested([[-3 / deviation], [-1 / deviation], [4 / deviation]]));
    expectNear(buffers['1.running_mean'], fromNested([0.9 * 1 + 0.1 * 11]));
    expectNear(buffers['1.running_var'], fromNested([0.9 * 2 + 0.1 * 13]));
  });

  it.each([
    [1, [[128, 64]]],
    [
      3,
      [
        [128, 32],
        [32, 32],
        [32, 64],
      ],
    ],
  ])('goes from input through hidden to output in %i maps', (layers, shapes) => {
    const layer = mlp({ ...sizes, hidden: 32, layers, batchNorm: false });
    const weights = Object.entries(layer.variables).filter(([name]) => name.endsWith('weight'));
    expect(weights.map(([, { shape }]) => shape)).toEqual(shapes);
    expect(layer.trace([128]).shape).toEqual([64]);
  });

  it('is linear, ReLU, linear', async () => {
    const layer = mlp({ input: 4, hidden: 5, output: 3, layers: 2, batchNorm: false });
    const result = await runOnce(
      (inputs) => {
        const of = (name: string) => inputs[name] as never;
        const { y, buffers } = layer.apply((name) => inputs[name] as Tensor, inputs['x'] as Tensor, { mode: 'train' });
        expect(buffers).toEqual({});
        const hidden = tf.relu(tf.add(tf.matMul(of('x'), of('0.weight')), of('0.bias')));
        return { y, wanted: tf.add(tf.matMul(hidden as never, of('2.weight')), of('2.bias')) };
      },
      { x: normals([6, 4], 1), ...initialValues(layer.variables, 1) },
    );
    expectNear(result['y'], result['wanted'] as HostTensor, 1e-6);
  });
});
