import { fusedBatchNorm } from '../runtime/fused-batch-norm.ts';
import { elementCount } from '../runtime/host-tensor.ts';
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
  /** Whether the positive part is taken after it (default: not); TensorFlow makes one operation of the two. */
  readonly relu?: boolean | undefined;
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
export function batchNorm(channels: number, { scale = 1, affine = true, relu = false }: BatchNormOptions = {}): Layer {
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
      const training = context.mode === 'train';
      const parameters = {
        weight: affine ? lookup('weight') : tf.ones(shape),
        bias: affine ? lookup('bias') : tf.zeros(shape),
        mean: lookup('running_mean'),
        variance: lookup('running_var'),
      };
      const groups = splitRows(x, context).map((rows) =>
        fusedBatchNorm(rows, parameters, { epsilon: EPSILON, momentum: training ? MOMENTUM : undefined, relu }),
      );
      const ys = groups.map(({ y }) => y);
      return {
        y: ys.length === 1 ? (ys[0] as Tensor) : tf.concat(ys, 0),
        buffers: training
          ? {
              running_mean: mean(groups.map((each) => each.mean)),
              running_var: mean(groups.map((each) => each.variance)),
            }
          : {},
      };
    },
    trace: (input) => ({ shape: input, activations: (relu ? 2 : 1) * elementCount(input) }),
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
