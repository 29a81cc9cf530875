import { type Tensor, tf } from '../runtime/tf.ts';

/**
 * The mean over dimensions of the standard deviation of normalised embeddings z [n, d], times sqrt(d): a scalar.
 *
 * Near 1 when the embeddings fill the sphere, 0 when they have collapsed to a point (Chen and He, arXiv:2011.10566,
 * section 4.1).
 */
export function embeddingStd(z: Tensor): Tensor {
  const { variance } = tf.moments(z, 0);
  return tf.mul(tf.mean(tf.sqrt(variance)), Math.sqrt(z.shape[1] as number));
}
