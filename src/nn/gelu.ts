import { castLike, operation } from '../runtime/ops.ts';
import { castTo } from '../runtime/precision.ts';
import { type Tensor, tf } from '../runtime/tf.ts';

/**
 * The exact Gaussian error linear unit, x Phi(x) with the normal distribution function (Hendrycks and Gimpel,
 * arXiv:1606.08415).
 *
 * Computed in float32, since 1 + erf(x) cancels for negative x; the result has the element type of the input.
 */
export function gelu(x: Tensor): Tensor {
  const exact = castTo(x, 'float32');
  const share = tf.add(tf.mul(operation('Erf', [tf.mul(exact, Math.SQRT1_2)]), 0.5), 0.5);
  return castLike(tf.mul(exact, share), x);
}
