import { elementCount } from '../runtime/host-tensor.ts';
import { accepted, castLike, operations } from '../runtime/ops.ts';
import { type Tensor, tf } from '../runtime/tf.ts';
import { constant } from './initializers.ts';
import type { Context, Layer } from './layer.ts';

/** PyTorch's default epsilon. */
const EPSILON = 1e-5;
/** The share of the batch in the new running statistics: PyTorch's momentum 0.1. */
const MOMENTUM = 0.1;

export interface BatchNormOptions {
  /** Initial value of the learnt scale. */
  readonly scale?: number | undefined;
  /** Whether a scale and a shift are learnt after the normalisation. */
  readonly affine?: boolean | undefined;
}

/**
 * Batch normalisation of [n, h, w, channels] or [n, channels] (Ioffe and Szegedy, arXiv:1502.03167), equal to
 * PyTorch's.
 *
 * In training the batch is normalised with its biased variance while the running variance takes the unbiased one. With
 * g `batchNormGroups` each run of n/g rows is normalised by itself, as on g devices, and the running statistics become
 * the mean of what every group would have made of them: SplitBatchNorm of facebookresearch/moco's CIFAR demo, whose
 * groups are every g-th row; here they are runs of rows, as devices hold them. Throws an Error when n is not a multiple
 * of g.
 */
export function batchNorm(channels: number, { scale = 1, affine = true }: BatchNormOptions = {}): Layer {
  const shape = [channels];
  return {
    variables: {
      ...(affine && {
        weight: { shape, kind: 'parameter', initialize: constant(scale) },
        bias: { shape, kind: 'parameter', initialize: constant(0) },
      }),
      running_mean: { shape, kind: 'buffer', initialize: constant(0) },
      running_var: { shape, kind: 'buffer', initialize: constant(1) },
    },
    apply(lookup, x, context) {
      const images = accepted(x.rank === 4 ? x : tf.reshape(x, [-1, 1, 1, channels]));
      const weight = affine ? lookup('weight') : tf.ones(shape);
      const bias = affine ? lookup('bias') : tf.zeros(shape);
      const statistics = [lookup('running_mean'), lookup('running_var')];
      const training = context.mode === 'train';
      const groups = splitRows(images, context).map((rows) =>
        operations(
          'FusedBatchNormV3',
          [rows, weight, bias, ...statistics],
          {
            epsilon: EPSILON,
            exponential_avg_factor: training ? MOMENTUM : 1,
            data_format: 'NHWC',
            is_training: training,
          },
          6,
        ),
      );
      const outputs = (index: number): Tensor[] => groups.map((group) => group[index] as Tensor);
      const y = castLike(groups.length === 1 ? (outputs(0)[0] as Tensor) : tf.concat(outputs(0), 0), x);
      return {
        y: x.rank === 4 ? y : tf.reshape(y, [-1, channels]),
        buffers: training ? { running_mean: mean(outputs(1)), running_var: mean(outputs(2)) } : {},
      };
    },
    trace: (input) => ({ shape: input, activations: elementCount(input) }),
  };
}

function splitRows(x: Tensor, { mode, batchNormGroups: groups = 1 }: Context): Tensor[] {
  if (mode === 'eval' || groups === 1) return [x];
  const rows = x.shape[0] as number;
  if (rows % groups !== 0)
    throw new Error(`Expected a multiple of ${groups} rows for BatchNorm in groups, got ${rows}.`);
  return tf.split(x, groups, 0);
}

function mean(parts: readonly Tensor[]): Tensor {
  return parts.length === 1 ? (parts[0] as Tensor) : tf.div(tf.addN([...parts]), parts.length);
}
