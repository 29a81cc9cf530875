import { type Tensor, tf } from '../runtime/tf.ts';
import type { Transform } from './transform.ts';

/** How LARS scales an update. */
export interface TrustRatioOptions {
  /** The trust coefficient eta. */
  readonly coefficient: number;
  readonly weightDecay: number;
  /**
   * `sum`: eta |w| / (|g| + decay |w|), You et al. (arXiv:1708.03888), lightly and solo-learn;
   * `joint`: eta |w| / |g + decay w|, google/simclr, DeepMind's BYOL and moco-v3.
   */
  readonly form: 'sum' | 'joint';
  /** Never more than plain SGD would move: min(ratio / learning rate, 1), as solo-learn on CIFAR. */
  readonly clip: boolean;
  readonly excludeBiasAndNorm: boolean;
}

/** The guard of lightly and solo-learn against a division by zero. */
const EPSILON = 1e-8;

/**
 * Layer-wise adaptive rate scaling: decays the gradient and scales it by the trust ratio.
 *
 * A ratio with a norm of 0 is 1: `joint` looks at |w| and |g + decay w| and decays all the same, `sum` looks at |w| and
 * |g| and does not decay, each as its implementations do. Excluded parameters are neither decayed nor scaled.
 */
export function trustRatio({ coefficient, weightDecay, form, clip, excludeBiasAndNorm }: TrustRatioOptions): Transform {
  return {
    slots: [],
    apply(update, { value, isBiasOrNorm }, _, { learningRate }) {
      if (isBiasOrNorm && excludeBiasAndNorm) return { update };
      const decayed = tf.add(update, tf.mul(value, weightDecay));
      const valueNorm = norm(value);
      const updateNorm = norm(form === 'joint' ? decayed : update);
      const denominator =
        form === 'joint' ? updateNorm : tf.add(updateNorm, tf.add(tf.mul(valueNorm, weightDecay), EPSILON));
      const ratio = tf.div(tf.mul(valueNorm, coefficient), denominator);
      // At the learning rate 0 the quotient is infinite, and the clipped ratio 1.
      const scale = clip ? tf.minimum(tf.div(ratio, learningRate), 1) : ratio;
      const applies = tf.logicalAnd(tf.greater(valueNorm, 0), tf.greater(updateNorm, 0));
      return { update: tf.where(applies, tf.mul(decayed, scale), form === 'joint' ? decayed : update) };
    },
  };
}

function norm(x: Tensor): Tensor {
  return tf.sqrt(tf.sum(tf.square(x)));
}
