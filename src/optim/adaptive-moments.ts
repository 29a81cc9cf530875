import { type Tensor, tf } from '../runtime/tf.ts';
import type { Transform } from './transform.ts';

/** The settings of Adam's two running means. */
export interface AdaptiveMomentsOptions {
  /** Decay of the means of gradient and of squared gradient. */
  readonly betas: readonly [number, number];
  /** Added to the root of the second mean. */
  readonly epsilon: number;
}

/**
 * Divides the running mean of the gradient by the root of that of its square, both corrected for their start at 0.
 *
 * Kingma and Ba (arXiv:1412.6980, algorithm 1), with epsilon outside the corrected root as in torch.optim.Adam.
 */
export function adaptiveMoments({ betas: [beta1, beta2], epsilon }: AdaptiveMomentsOptions): Transform {
  return {
    slots: ['firstMoment', 'secondMoment'],
    countsUpdates: true,
    apply(update, _, slot, { updateNumber }) {
      const first = tf.add(tf.mul(slot('firstMoment'), beta1), tf.mul(update, 1 - beta1));
      const second = tf.add(tf.mul(slot('secondMoment'), beta2), tf.mul(tf.square(update), 1 - beta2));
      const mean = tf.div(first, weightOf(beta1, updateNumber()));
      const root = tf.sqrt(tf.div(second, weightOf(beta2, updateNumber())));
      return {
        update: tf.div(mean, tf.add(root, epsilon)),
        slots: { firstMoment: first, secondMoment: second },
      };
    },
  };
}

/** 1 - beta^count, by expm1: in float32, 1 - 0.999 would have four digits. */
function weightOf(beta: number, count: Tensor): Tensor {
  return tf.neg(tf.expm1(tf.mul(count, Math.log(beta))));
}
