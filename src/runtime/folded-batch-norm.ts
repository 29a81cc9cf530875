import type { BatchNormParameters } from './batch-norm-parameters.ts';
import { recordedConvolutions } from './convolution.ts';
import { castLike, operation, relu as positivePart } from './ops.ts';
import { currentGraph, outputOf, type Tensor, tf } from './tf.ts';

/**
 * Batch normalisation by the stored statistics of what a convolution gave, as that convolution with a scaled filter and
 * a shift: TensorFlow makes one operation of the three, where it would write the result twice and read it once more
 * (Jacob et al., arXiv:1712.05877, equation 14). Undefined where x is no convolution's result, and on a GPU.
 *
 * The first convolution is left without a reader and is never run.
 */
export function foldedBatchNorm(
  x: Tensor,
  { weight, bias, mean, variance }: BatchNormParameters,
  { epsilon, relu }: { readonly epsilon: number; readonly relu: boolean },
): Tensor | undefined {
  if (currentGraph().target !== 'cpu') return undefined;
  const convolution = recordedConvolutions().find(({ result }) => outputOf(result) === outputOf(x));
  if (convolution === undefined) return undefined;
  const scale = tf.mul(weight, tf.rsqrt(tf.add(variance, epsilon)));
  const shift = tf.sub(bias, tf.mul(mean, scale));
  const y = convolution.withFilter(tf.mul(convolution.filter, scale));
  const shifted = operation('BiasAdd', [y, castLike(shift, y)]);
  return relu ? positivePart(shifted) : shifted;
}
