import { softmaxCrossEntropy } from '../runtime/ops.ts';
import { type Tensor, tf } from '../runtime/tf.ts';
import { l2Normalize } from './l2-normalize.ts';
import { logSumExp } from './log-sum-exp.ts';

/** Far below every similarity, so that exp() of it is 0 in float32. */
const MASKED = 1e9;

/**
 * NT-Xent, the loss of SimCLR (Chen et al., arXiv:2002.05709, equation 1), as a scalar.
 *
 * Row i of each embedding [n, d] is a view of image i and need not be normalised. Every one of them is told from all
 * others: only the pair with itself is masked and the positive stays in the denominator. Mean over all. With more than
 * two views the positives of an anchor share one numerator, as in solo-learn's multi-crop loss.
 */
export function ntXent(embeddings: readonly Tensor[], temperature: number): Tensor {
  const [first] = embeddings;
  if (!first || embeddings.length < 2) throw new Error('Expected two views or more.');
  const images = first.shape[0] as number;
  const count = embeddings.length * images;
  const z = l2Normalize(tf.concat([...embeddings], 0));
  const similarities = tf.matMul(z as never, z as never, false, true);
  const logits = tf.sub(tf.div(similarities, temperature), tf.mul(tf.eye(count), MASKED));
  if (embeddings.length === 2) {
    const positives = Int32Array.from({ length: count }, (_, i) => (i + images) % count);
    const targets = tf.oneHot(tf.tensor1d(positives, 'int32'), count);
    return tf.mean(softmaxCrossEntropy(logits, tf.cast(targets, 'float32')));
  }
  const sameImage = tf.tile(tf.eye(images), [embeddings.length, embeddings.length]);
  const ofPositives = tf.sub(logits, tf.mul(tf.sub(1, sameImage), MASKED));
  return tf.mean(tf.sub(logSumExp(logits), logSumExp(ofPositives)));
}

/** The loss of a network that tells nothing apart, for n images: ln(2n - 1) with two views. */
export function ntXentChance(images: number, views = 2): number {
  return Math.log((views * images - 1) / (views - 1));
}
