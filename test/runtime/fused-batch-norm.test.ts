import { describe, expect, it } from 'vitest';
import type { BatchNormParameters } from '../../src/runtime/batch-norm-parameters.ts';
import { cApi, type Output } from '../../src/runtime/c-api.ts';
import { fusedBatchNorm } from '../../src/runtime/fused-batch-norm.ts';
import { gradients } from '../../src/runtime/gradients.ts';
import { createGraph } from '../../src/runtime/graph.ts';
import type { HostTensor } from '../../src/runtime/host-tensor.ts';
import { operations, relu as positivePart } from '../../src/runtime/ops.ts';
import { runOnce } from '../../src/runtime/run-once.ts';
import { outputOf, record, type Tensor, type Tensors, tensorOf, tf } from '../../src/runtime/tf.ts';
import { cpuArithmetic } from '../../src/util/cpu-arithmetic.ts';
import { refusesHalf } from '../../src/util/half-precision.ts';
import { normals } from '../methods/tiny-methods.ts';
import { expectNear } from '../support-tensors.ts';

const EPSILON = 1e-5;

/** TensorFlow's operation on the images as they are. */
function plain(x: Tensor, { weight, bias, mean, variance }: BatchNormParameters, momentum?: number) {
  const [y, newMean, newVariance] = operations(
    'FusedBatchNormV3',
    [x.rank === 4 ? x : tf.reshape(x, [-1, 1, 1, x.shape[1] as number]), weight, bias, mean, variance],
    {
      ...{ epsilon: EPSILON, exponential_avg_factor: momentum ?? 1 },
      ...{ data_format: 'NHWC', is_training: momentum !== undefined },
    },
    6,
  ) as [Tensor, Tensor, Tensor];
  return { y: tf.reshape(y, x.shape), mean: newMean, variance: newVariance };
}

describe('fusedBatchNorm', () => {
  it.each([
    { shape: [4, 6, 6, 16], relu: true },
    { shape: [4, 6, 6, 16], relu: false },
    // Positions that are no multiple of four.
    { shape: [3, 5, 5, 8], relu: true },
    { shape: [2, 4, 4, 5], relu: true },
    { shape: [12, 7], relu: false },
    { shape: [9, 7], relu: true },
  ])('equals the operation on images as they are: $shape, ReLU $relu', async ({ shape, relu }) => {
    const channels = [shape.at(-1) as number];
    const values = {
      ...{ x: normals(shape, 1), dy: normals(shape, 2), weight: normals(channels, 3), bias: normals(channels, 4) },
      ...{
        mean: normals(channels, 5),
        variance: { ...normals(channels, 6), data: new Float32Array(channels[0] ?? 0).fill(2) },
      },
    };
    const result = await runOnce((inputs) => {
      const { x, dy, ...parameters } = inputs as Tensors & Record<'x' | 'dy', Tensor> & BatchNormParameters;
      const { weight, bias } = parameters;
      const outputs: Record<string, Tensor> = {};
      for (const momentum of [0.1, undefined]) {
        const ours = fusedBatchNorm(x, parameters, { epsilon: EPSILON, momentum, relu });
        const theirs = plain(x, parameters, momentum);
        const y = relu ? positivePart(theirs.y) : theirs.y;
        const made = { ...ours, ...gradients(ours.y, { dx: x, dWeight: weight, dBias: bias }, dy) };
        const wanted = { ...theirs, y, ...gradients(y, { dx: x, dWeight: weight, dBias: bias }, dy) };
        for (const [name, tensor] of Object.entries(made)) outputs[`ours ${momentum} ${name}`] = tensor;
        for (const [name, tensor] of Object.entries(wanted)) outputs[`theirs ${momentum} ${name}`] = tensor;
      }
      return outputs;
    }, values);
    for (const momentum of [0.1, undefined])
      for (const name of ['y', 'mean', 'variance', 'dx', 'dWeight', 'dBias'])
        expectNear(result[`ours ${momentum} ${name}`], result[`theirs ${momentum} ${name}`] as HostTensor);
  });

  it.each([
    { target: 'cpu', dtype: 'float32', type: 'Reshape' },
    // Neither the GPU's kernels nor those of bfloat16 gain by it; where oneDNN refuses bfloat16, it is float32 here.
    { target: 'gpu', dtype: 'float32', type: 'Placeholder' },
    { target: 'cpu', dtype: 'bfloat16', type: refusesHalf('bfloat16', cpuArithmetic()) ? 'Reshape' : 'Placeholder' },
  ] as const)('arranges positions anew for the $target in $dtype: $type', ({ target, dtype, type }) => {
    const graph = createGraph(target);
    try {
      const read = record(graph, () => {
        const placeholder = graph.add('Placeholder', [], { dtype, shape: [2, 4, 4, 8] });
        const [weight, bias, mean, variance] = Array.from({ length: 4 }, () => tf.ones([8])) as [
          Tensor,
          Tensor,
          Tensor,
          Tensor,
        ];
        const parameters = { weight, bias, mean, variance };
        const x = tensorOf({ oper: placeholder, index: 0 });
        const result = fusedBatchNorm(x, parameters, { epsilon: EPSILON, momentum: 0.1, relu: false });
        const { oper } = outputOf(result.mean);
        return cApi().TF_OperationInput({ oper, index: 0 }) as Output;
      });
      expect(cApi().TF_OperationOpType(read.oper)).toBe(type);
    } finally {
      graph.close();
    }
  });
});
