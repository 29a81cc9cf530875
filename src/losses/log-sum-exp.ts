import { stopGradient } from '../runtime/ops.ts';
import { type Tensor, tf } from '../runtime/tf.ts';

/** log(sum(exp(x))) of each row of x [n, m]; the gradient is the softmax, whatever the largest value. */
export function logSumExp(x: Tensor): Tensor {
  const largest = stopGradient(tf.max(x, 1, true));
  return tf.add(tf.log(tf.sum(tf.exp(tf.sub(x, largest)), 1)), tf.squeeze(largest, [1]));
}
