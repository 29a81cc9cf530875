import { type Tensor, tf } from '../runtime/tf.ts';
import { l2Normalize } from './l2-normalize.ts';

/**
 * The squared distance of each row of p and z [n, d] once normalised, 2 - 2 cos(p, z), mean over rows: 0 to 4.
 *
 * The loss of BYOL for one direction (Grill et al., arXiv:2006.07733, equation 2).
 */
export function normalizedSquaredDistance(p: Tensor, z: Tensor): Tensor {
  const cosine = tf.sum(tf.mul(l2Normalize(p), l2Normalize(z)), 1);
  return tf.mean(tf.sub(2, tf.mul(2, cosine)));
}
