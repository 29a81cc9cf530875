import { type Tensor, tf } from '../runtime/tf.ts';
import type { Transform } from './transform.ts';

/** How LARS scales an update. */
export interface TrustRatioOptions {
  /** The trust coefficient eta. */
  readonly coefficient: number;
  readonly weightDecay: number;
  /**
   * `sum`: eta |w| / (|g| + decay |w|), You et al. (arXiv:1708.03888) and lightly;
   * `joint`: eta |w| / |g + decay w|, google/simclr, DeepMind's BYOL and moco-v3.
   */
  readonly form: 'sum' | 'joint';
  /** Never more than plain SGD would move: min(ratio / learning rate, 1), as solo-learn on CIFAR. */
  readonly clip: boolean;
  readonly excludeBiasAndNorm: boolean;
}

/** lightly's guard against a division by zero. */
const EPSILON = 1e-8;

/**
 * Layer-wise adaptive rate scaling: decays the gradient and scales it by the trust ratio.
 *
 * Where |w| or |g| is 0 the gradient passes unchanged, without decay or ratio; so it does for excluded parameters.
 */
export function trustRatio({ coefficient, weightDecay, form, clip, excludeBiasAndNorm }: TrustRatioOptions): Transform {
  return {
    slots: [],
    apply(update, { value, isBiasOrNorm }, _, learningRate) {
      if (isBiasOrNorm && excludeBiasAndNorm) return { update };
      const decayed = tf.add(update, tf.mul(value, weightDecay));
      const valueNorm = norm(value);
      const gradientNorm = norm(update);
      const denominator =
        form === 'joint' ? norm(decayed) : tf.add(gradientNorm, tf.add(tf.mul(valueNorm, weightDecay), EPSILON));
      const ratio = tf.divNoNan(tf.mul(valueNorm, coefficient), denominator);
      const scale = clip ? tf.minimum(tf.divNoNan(ratio, learningRate), 1) : ratio;
      const applies = tf.logicalAnd(tf.greater(valueNorm, 0), tf.greater(gradientNorm, 0));
      return { update: tf.where(applies, tf.mul(decayed, scale), update) };
    },
  };
}

function norm(x: Tensor): Tensor {
  return tf.sqrt(tf.sum(tf.square(x)));
}
