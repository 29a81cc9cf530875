import { tf } from '../runtime/tf.ts';
import type { Transform } from './transform.ts';

/** Adds `decay` times the parameter to its gradient; biases and normalisations can be left out. */
export function addWeightDecay(decay: number, options: { excludeBiasAndNorm: boolean }): Transform {
  return {
    slots: [],
    apply(update, { value, isBiasOrNorm }) {
      if (decay === 0 || (isBiasOrNorm && options.excludeBiasAndNorm)) return { update };
      return { update: tf.add(update, tf.mul(value, decay)) };
    },
  };
}
