import { tf } from '../runtime/tf.ts';
import type { Transform } from './transform.ts';

/** Multiplies updates by the learning rate: last in a chain, or before a momentum whose buffer shall hold it. */
export function scaleByLearningRate(): Transform {
  return { slots: [], apply: (update, _, __, { learningRate }) => ({ update: tf.mul(update, learningRate) }) };
}
