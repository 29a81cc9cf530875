import { softmaxCrossEntropy } from '../runtime/ops.ts';
import { type Tensor, tf } from '../runtime/tf.ts';
import { l2Normalize } from './l2-normalize.ts';

/** Far below every similarity, so that exp() of it is 0 in float32. */
const MASKED = 1e9;

/**
 * NT-Xent, the loss of SimCLR (Chen et al., arXiv:2002.05709, equation 1), as a scalar.
 *
 * Rows i of z0 and z1 [n, d] are the two views of image i and need not be normalised. Every one of the 2n embeddings is told
 * from the 2n - 1 others: only the pair with itself is masked and the positive stays in the denominator. Mean over 2n.
 */
export function ntXent(z0: Tensor, z1: Tensor, temperature: number): Tensor {
  const count = 2 * (z0.shape[0] as number);
  const z = l2Normalize(tf.concat([z0, z1], 0));
  const similarities = tf.matMul(z as never, z as never, false, true);
  const logits = tf.sub(tf.div(similarities, temperature), tf.mul(tf.eye(count), MASKED));
  const positives = Int32Array.from({ length: count }, (_, i) => (i + count / 2) % count);
  const targets = tf.oneHot(tf.tensor1d(positives, 'int32'), count);
  return tf.mean(softmaxCrossEntropy(logits, tf.cast(targets, 'float32')));
}

/** The loss of a network that tells nothing apart: ln(2n - 1) for n images. */
export function ntXentChance(images: number): number {
  return Math.log(2 * images - 1);
}
