import { type Tensor, tf } from '../runtime/tf.ts';

/** The square of PyTorch's 1e-12, below which a vector is not scaled up. */
const SMALLEST_SQUARE = 1e-24;

/** Rows of x [n, d] divided by their Euclidean norms. */
export function l2Normalize(x: Tensor): Tensor {
  return tf.mul(x, tf.rsqrt(tf.maximum(tf.sum(tf.square(x), -1, true), SMALLEST_SQUARE)));
}
