import { type Tensor, type Tensors, tf } from '../runtime/tf.ts';

/** torch.nn.utils.clip_grad_norm_'s guard against a division by zero. */
const EPSILON = 1e-6;

/** Gradients after clipping, and their common norm before it, a scalar. */
export interface ClippedGradients {
  readonly gradients: Record<string, Tensor>;
  readonly norm: Tensor;
}

/**
 * Scales all gradients by min(limit / (norm + 1e-6), 1), where the norm is that of all of them as one vector.
 *
 * Equal to torch.nn.utils.clip_grad_norm_.
 */
export function clipByGlobalNorm(gradients: Tensors, limit: number): ClippedGradients {
  const squares = Object.values(gradients).map((gradient) => tf.sum(tf.square(gradient)));
  const norm = tf.sqrt(tf.addN(squares));
  const scale = tf.minimum(tf.div(limit, tf.add(norm, EPSILON)), 1);
  return {
    gradients: Object.fromEntries(Object.entries(gradients).map(([name, gradient]) => [name, tf.mul(gradient, scale)])),
    norm,
  };
}
