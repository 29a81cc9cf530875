import type { BatchNormParameters } from './batch-norm-parameters.ts';
import { DataType } from './c-api.ts';
import { foldedBatchNorm } from './folded-batch-norm.ts';
import { accepted, castLike, elementType, operations, relu as positivePart } from './ops.ts';
import { currentGraph, type Tensor, tf } from './tf.ts';

export interface BatchNormMode {
  readonly epsilon: number;
  /** The share of the batch in the new running statistics; undefined: the stored ones normalise. */
  readonly momentum?: number | undefined;
  /** Whether the positive part is taken after it. */
  readonly relu: boolean;
}

/**
 * Positions that oneDNN goes over at once, see {@link inRuns}. Fewer compute the deviation too often, eight are too
 * many for the processor's write buffers.
 */
const RUN = 4;

/**
 * Batch normalisation of x [n, h, w, channels] or [n, channels] by TensorFlow's fused operation; in training mean and
 * variance are the new running statistics.
 */
export function fusedBatchNorm(x: Tensor, parameters: BatchNormParameters, { epsilon, momentum, relu }: BatchNormMode) {
  const { weight, bias, mean: oldMean, variance: oldVariance } = parameters;
  const isTraining = momentum !== undefined;
  const folded = isTraining ? undefined : foldedBatchNorm(x, parameters, { epsilon, relu });
  if (folded !== undefined) return { y: folded, mean: oldMean, variance: oldVariance };
  const input = accepted(x);
  const rows = inRuns(input);
  const [y, mean, variance] = operations(
    'FusedBatchNormV3',
    [rows, weight, bias, oldMean, oldVariance],
    { epsilon, exponential_avg_factor: momentum ?? 1, data_format: 'NHWC', is_training: isTraining },
    6,
  ) as [Tensor, Tensor, Tensor];
  // Fused only where nothing lies between the two, and nothing else reads what is between.
  const activated = relu ? positivePart(y) : y;
  const result = castLike(activated, x);
  return { y: rows === input ? result : tf.reshape(result, x.shape), mean, variance };
}

/**
 * The rows of x as [m / 4, 4, 1, channels] on the CPU, where BatchNorm does not care how positions are arranged.
 *
 * oneDNN takes eight channels of all positions of an image before the next eight, and without AVX-512 it writes them
 * past the caches, half a cache line at a time: three to four times slower than runs whose lines are still in the write
 * buffers when their other half comes. With AVX-512 both take the same time.
 */
function inRuns(x: Tensor): Tensor {
  const channels = x.shape.at(-1) as number;
  const isWhole = (x.size / channels) % RUN === 0;
  const isFloat32 = elementType(x) === DataType.float32;
  if (currentGraph().target === 'cpu' && isFloat32 && isWhole) return tf.reshape(x, [-1, RUN, 1, channels]);
  return x.rank === 4 ? x : tf.reshape(x, [-1, 1, 1, channels]);
}
