import { type Tensor, tf } from '../runtime/tf.ts';
import { l2Normalize } from './l2-normalize.ts';

/**
 * 2 - 2 cos(p, z) of each row of p and z [n, d], mean over rows: the loss of BYOL for one direction, 0 to 4.
 *
 * Grill et al., arXiv:2006.07733, equation 2: the squared distance of the normalised prediction and target.
 */
export function cosineDistance(p: Tensor, z: Tensor): Tensor {
  const cosine = tf.sum(tf.mul(l2Normalize(p), l2Normalize(z)), 1);
  return tf.mean(tf.sub(2, tf.mul(2, cosine)));
}
