import { describe, expect, it } from 'vitest';
import { initialValues } from '../../src/methods/initial-values.ts';
import { applyEach, applyJoint, applyTarget, moveTarget, targetVariables } from '../../src/methods/networks.ts';
import { batchNorm } from '../../src/nn/batch-norm.ts';
import { linear } from '../../src/nn/linear.ts';
import { float32, fromNested, type HostTensor, type NestedNumbers } from '../../src/runtime/host-tensor.ts';
import { runOnce } from '../../src/runtime/run-once.ts';
import { type Tensor, type Tensors, tf } from '../../src/runtime/tf.ts';
import { expectNear, readVectors, transpose } from '../support-tensors.ts';
import { normals } from './tiny-methods.ts';

const TRAIN = { mode: 'train' } as const;
const lookupIn = (inputs: Tensors) => (name: string) => inputs[name] as Tensor;
const mean = ({ data }: HostTensor): number => [...data].reduce((a, b) => a + b, 0) / data.length;

describe('applyEach', () => {
  it('normalises each batch alone and moves the running statistics with each in turn', async () => {
    const norm = batchNorm(1);
    const [a, b] = [normals([8, 1], 1), float32([1, 2, 3, 4, 5, 6, 7, 8], [8, 1])];
    const { first, second, running } = await runOnce(
      (inputs) => {
        const { ys, buffers } = applyEach(
          norm,
          lookupIn(inputs),
          [inputs['a'] as Tensor, inputs['b'] as Tensor],
          TRAIN,
        );
        return { first: ys[0] as Tensor, second: ys[1] as Tensor, running: buffers['running_mean'] as Tensor };
      },
      { a, b, ...initialValues(norm.variables, 1) },
    );
    expect(mean(first as HostTensor)).toBeCloseTo(0, 5);
    expect(mean(second as HostTensor)).toBeCloseTo(0, 5);
    expect(running?.data[0]).toBeCloseTo(0.9 * 0.1 * mean(a) + 0.1 * 4.5, 5);
  });
});

describe('applyJoint', () => {
  it('normalises all batches together', async () => {
    const norm = batchNorm(1);
    const { first, second } = await runOnce(
      (inputs) => {
        const { ys } = applyJoint(norm, lookupIn(inputs), [inputs['a'] as Tensor, inputs['b'] as Tensor], TRAIN);
        return { first: ys[0] as Tensor, second: ys[1] as Tensor };
      },
      { a: float32([0, 0], [2, 1]), b: float32([2, 2], [2, 1]), ...initialValues(norm.variables, 1) },
    );
    expect(first?.data[0]).toBeCloseTo(-1, 4);
    expect(second?.data[0]).toBeCloseTo(1, 4);
  });
});

describe('targetVariables', () => {
  const layer = linear(3, 2, { bias: true });

  it('are buffers, so that no gradient, decay or slot reaches them, and start as copies', () => {
    const variables = { ...layer.variables, ...targetVariables(layer) };
    const values = initialValues(variables, 5);
    expect(Object.keys(variables)).toEqual(['weight', 'bias', 'target.weight', 'target.bias']);
    for (const name of ['weight', 'bias']) {
      expect(variables[`target.${name}`]?.kind).toBe('buffer');
      expect(values[`target.${name}`]).toEqual(values[name]);
    }
  });
});

describe('applyTarget', () => {
  it("uses the batch's statistics and moves the target's own running ones", async () => {
    const norm = batchNorm(1);
    const result = await runOnce(
      (inputs) => {
        const { ys, buffers } = applyTarget(norm, lookupIn(inputs), [inputs['x'] as Tensor], TRAIN);
        return { y: ys[0] as Tensor, ...buffers };
      },
      { x: float32([3, 5], [2, 1]), ...initialValues(targetVariables(norm), 1) },
    );
    expect(Object.keys(result).sort()).toEqual(['target.running_mean', 'target.running_var', 'y']);
    expect(result['y']?.data[0]).toBeCloseTo(-1, 4);
    expect(result['target.running_mean']?.data[0]).toBeCloseTo(0.4, 5);
  });
});

describe('moveTarget', () => {
  interface Case {
    m: number;
    target_weight_before: NestedNumbers;
    target_bias_before: NestedNumbers;
    steps: Record<'online_weight' | 'online_bias' | 'target_weight' | 'target_bias', NestedNumbers>[];
  }
  it.each(readVectors<{ cases: Case[] }>('ema').cases)(
    'equals lightly over its steps with decay $m',
    async (vector) => {
      const layer = linear(3, 2, { bias: true });
      const weightOf = (values: NestedNumbers): HostTensor => transpose(fromNested(values), [1, 0]);
      let weight = weightOf(vector.target_weight_before);
      let bias = fromNested(vector.target_bias_before);
      for (const step of vector.steps) {
        const online = { weight: weightOf(step.online_weight), bias: fromNested(step.online_bias) };
        const moved = await runOnce(
          (inputs) => moveTarget(layer, lookupIn(inputs), lookupIn(inputs), tf.scalar(1 - vector.m)),
          { ...online, 'target.weight': weight, 'target.bias': bias },
        );
        weight = moved['target.weight'] as HostTensor;
        bias = moved['target.bias'] as HostTensor;
        expectNear(weight, weightOf(step.target_weight));
        expectNear(bias, fromNested(step.target_bias));
      }
    },
  );

  it('averages parameters alone, not running statistics', async () => {
    const norm = batchNorm(2);
    const moved = await runOnce(
      (inputs) => moveTarget(norm, lookupIn(inputs), lookupIn(inputs), inputs['step'] as Tensor),
      { ...initialValues({ ...norm.variables, ...targetVariables(norm) }, 1), step: float32([0.5], []) },
    );
    expect(Object.keys(moved)).toEqual(['target.weight', 'target.bias']);
  });
});
