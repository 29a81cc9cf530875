import { softmaxCrossEntropy } from '../runtime/ops.ts';
import { type Tensor, tf } from '../runtime/tf.ts';
import { logSumExp } from './log-sum-exp.ts';

/**
 * InfoNCE with a queue, the loss of MoCo (He et al., arXiv:1911.05722, equation 1), as a scalar: mean over the queries.
 *
 * Query i of [n, d] is told from the negatives [k, d] by its key, row i of [n, d]; all rows are normalised.
 */
export function queueContrast(queries: Tensor, keys: Tensor, negatives: Tensor, temperature: number): Tensor {
  const positive = tf.sum(tf.mul(queries, keys), 1, true);
  const negative = tf.matMul(queries as never, negatives as never, false, true);
  const logits = tf.div(tf.concat([positive, negative], 1), temperature);
  // Not softmaxCrossEntropy: its targets would be as large as the logits, and are not differentiated rightly when
  // broadcast.
  return tf.mean(tf.sub(logSumExp(logits), tf.div(tf.squeeze(positive, [1]), temperature)));
}

/**
 * InfoNCE within a batch, the loss of MoCo v3 without its factor (Chen, Xie and He, arXiv:2104.02057, algorithm 1).
 *
 * Query i of [n, d] is told from the keys [n, d] of the other images by key i. Nothing is masked: queries and keys show
 * different views. All rows are normalised; mean over the queries.
 */
export function batchContrast(queries: Tensor, keys: Tensor, temperature: number): Tensor {
  const count = queries.shape[0] as number;
  const logits = tf.div(tf.matMul(queries as never, keys as never, false, true), temperature);
  return tf.mean(softmaxCrossEntropy(logits, tf.eye(count)));
}
