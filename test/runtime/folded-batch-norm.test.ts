import { describe, expect, it } from 'vitest';
import type { BatchNormParameters } from '../../src/runtime/batch-norm-parameters.ts';
import { cApi } from '../../src/runtime/c-api.ts';
import { conv2d } from '../../src/runtime/conv2d.ts';
import { fusedBatchNorm } from '../../src/runtime/fused-batch-norm.ts';
import { createGraph } from '../../src/runtime/graph.ts';
import type { HostTensor } from '../../src/runtime/host-tensor.ts';
import { operation } from '../../src/runtime/ops.ts';
import { castTo } from '../../src/runtime/precision.ts';
import { runOnce } from '../../src/runtime/run-once.ts';
import { outputOf, record, type Tensor, type Tensors, tf } from '../../src/runtime/tf.ts';
import { normals } from '../methods/tiny-methods.ts';
import { expectNear } from '../support-tensors.ts';

const EPSILON = 1e-5;

const values = (kernel: number, side = 9) => ({
  x: normals([side < 3 ? 40 : 4, side, side, 6], 1),
  filter: normals([kernel, kernel, 6, 16], 2),
  ...{ weight: normals([16], 3), bias: normals([16], 4), mean: normals([16], 5) },
  variance: { ...normals([16], 6), data: Float32Array.from({ length: 16 }, (_, i) => 0.1 + i) },
});

type Inputs = Tensors & BatchNormParameters & Record<'x' | 'filter', Tensor>;

/** Convolution and normalisation as they are written, and as one operation's formula. */
function both({ x, filter, ...parameters }: Inputs, stride: number, relu: boolean): Record<'ours' | 'theirs', Tensor> {
  const { weight, bias, mean, variance } = parameters;
  const y = conv2d(x, filter, stride, (filter.shape[0] as number) >> 1);
  const scale = tf.div(weight, tf.sqrt(tf.add(variance, EPSILON)));
  const apart = tf.add(tf.mul(tf.sub(castTo(y, 'float32'), mean), scale), bias);
  const ours = fusedBatchNorm(y, parameters, { epsilon: EPSILON, relu }).y;
  return { ours: castTo(ours, 'float32'), theirs: relu ? tf.relu(apart) : apart };
}

describe('BatchNorm by stored statistics behind a convolution', () => {
  it.each([
    { kernel: 3, stride: 1, relu: true, side: 9 },
    { kernel: 3, stride: 2, relu: false, side: 9 },
    { kernel: 1, stride: 2, relu: false, side: 9 },
    { kernel: 7, stride: 2, relu: true, side: 9 },
    // Maps on which not all of the filter is used.
    { kernel: 3, stride: 1, relu: true, side: 1 },
    { kernel: 3, stride: 1, relu: true, side: 2 },
    { kernel: 3, stride: 2, relu: false, side: 2 },
  ])('equals both, one after the other: $kernel x $kernel, stride $stride, ReLU $relu, $side pixels', async (each) => {
    const { ours, theirs } = await runOnce(
      (inputs) => both(inputs as Inputs, each.stride, each.relu),
      values(each.kernel, each.side),
    );
    expectNear(ours, theirs as HostTensor, 2e-5);
  });

  it('is as exact in bfloat16 as its rounding allows', async () => {
    const { ours, theirs } = await runOnce((inputs) => {
      const { x, ...others } = inputs as Inputs;
      return both({ ...others, x: castTo(x, 'bfloat16') } as Inputs, 1, false);
    }, values(3));
    const largest = Math.max(...Array.from(theirs?.data ?? [], Math.abs));
    const errors = Array.from(ours?.data ?? [], (value, i) => Math.abs(value - (theirs?.data[i] ?? 0)));
    expect(Math.max(...errors) / largest).toBeLessThan(0.015);
  });

  it('leaves no operation of its own on the CPU, and stays one elsewhere', () => {
    const normalisations = (target: 'cpu' | 'gpu', isConvolved: boolean): number => {
      const graph = createGraph(target);
      record(graph, () => {
        const x = tf.zeros([2, 4, 4, 3]) as Tensor;
        const filter = tf.ones([3, 3, 3, 8]) as Tensor;
        const convolved = conv2d(x, filter, 1, 1);
        const y = isConvolved ? convolved : operation('Identity', [convolved]);
        const [ones, zeros] = [tf.ones([8]) as Tensor, tf.zeros([8]) as Tensor];
        const parameters = { weight: ones, bias: zeros, mean: zeros, variance: ones };
        outputOf(fusedBatchNorm(y, parameters, { epsilon: EPSILON, relu: true }).y);
      });
      const found = [...graph.operations()].filter((each) => cApi().TF_OperationOpType(each) === 'FusedBatchNormV3');
      graph.close();
      return found.length;
    };
    expect([normalisations('cpu', true), normalisations('cpu', false), normalisations('gpu', true)]).toEqual([0, 1, 1]);
  });
});
