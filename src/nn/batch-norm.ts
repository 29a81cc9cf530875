import { operations } from '../runtime/ops.ts';
import { type Tensor, tf } from '../runtime/tf.ts';
import { constant } from './initializers.ts';
import type { Layer } from './layer.ts';

/** PyTorch's default epsilon. */
const EPSILON = 1e-5;
/** The share of the batch in the new running statistics: PyTorch's momentum 0.1. */
const MOMENTUM = 0.1;

/**
 * Batch normalisation of [n, h, w, channels] or [n, channels] (Ioffe and Szegedy, arXiv:1502.03167), equal to PyTorch's.
 *
 * In training the batch is normalised with its biased variance while the running variance takes the unbiased one.
 */
export function batchNorm(channels: number, scale = 1): Layer {
  return {
    variables: {
      weight: { shape: [channels], kind: 'parameter', initialize: constant(scale) },
      bias: { shape: [channels], kind: 'parameter', initialize: constant(0) },
      running_mean: { shape: [channels], kind: 'buffer', initialize: constant(0) },
      running_var: { shape: [channels], kind: 'buffer', initialize: constant(1) },
    },
    apply(lookup, x, { mode }) {
      const images = x.rank === 4 ? x : tf.reshape(x, [-1, 1, 1, channels]);
      const training = mode === 'train';
      const [y, mean, variance] = operations(
        'FusedBatchNormV3',
        [images, lookup('weight'), lookup('bias'), lookup('running_mean'), lookup('running_var')],
        {
          epsilon: EPSILON,
          exponential_avg_factor: training ? MOMENTUM : 1,
          data_format: 'NHWC',
          is_training: training,
        },
        6,
      ) as [Tensor, Tensor, Tensor];
      return {
        y: x.rank === 4 ? y : tf.reshape(y, [-1, channels]),
        buffers: training ? { running_mean: mean, running_var: variance } : {},
      };
    },
    trace: (shape) => ({ shape, activations: shape.reduce((product, size) => product * size, 1) }),
  };
}
