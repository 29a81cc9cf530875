import { describe, expect, it } from 'vitest';
import { initialValues } from '../../src/methods/method.ts';
import type { Layer } from '../../src/nn/layer.ts';
import { mlp } from '../../src/nn/mlp.ts';
import { evaluate } from '../../src/runtime/evaluate.ts';
import type { HostTensor } from '../../src/runtime/host-tensor.ts';
import { type Tensor, tf } from '../../src/runtime/tf.ts';
import { normals } from '../methods/tiny-simclr.ts';
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
    const result = await evaluate(
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
