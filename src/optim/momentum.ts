import { tf } from '../runtime/tf.ts';
import type { Transform } from './transform.ts';

/**
 * Accumulates updates as v = momentum v + g and passes on v, or g + momentum v with Nesterov, as torch.optim.SGD does.
 *
 * Whether the buffer holds the learning rate depends on where `scaleByLearningRate` stands in the chain.
 */
export function momentum(factor: number, options: { nesterov: boolean }): Transform {
  if (factor === 0) return { slots: [], apply: (update) => ({ update }) };
  return {
    slots: ['momentum'],
    apply(update, _, slot) {
      const buffer = tf.add(tf.mul(slot('momentum'), factor), update);
      return {
        update: options.nesterov ? tf.add(update, tf.mul(buffer, factor)) : buffer,
        slots: { momentum: buffer },
      };
    },
  };
}
