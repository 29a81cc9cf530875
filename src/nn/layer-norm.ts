import { elementCount } from '../runtime/host-tensor.ts';
import { castLike } from '../runtime/ops.ts';
import { castTo } from '../runtime/precision.ts';
import { tf } from '../runtime/tf.ts';
import { constant } from './initializers.ts';
import type { Layer } from './layer.ts';

/**
 * Layer normalisation over the last axis of [..., size] (Ba et al., arXiv:1607.06450), with a learnt scale and shift.
 *
 * Computed in float32 with the biased variance; the result has the element type of the input.
 */
export function layerNorm(size: number, { epsilon }: { epsilon: number }): Layer {
  return {
    variables: {
      weight: { shape: [size], kind: 'parameter', initialize: constant(1) },
      bias: { shape: [size], kind: 'parameter', initialize: constant(0) },
    },
    apply(lookup, x) {
      const exact = castTo(x, 'float32');
      const centred = tf.sub(exact, tf.mean(exact, -1, true));
      const variance = tf.mean(tf.mul(centred, centred), -1, true);
      const normalized = tf.mul(centred, tf.rsqrt(tf.add(variance, epsilon)));
      const y = tf.add(tf.mul(normalized, lookup('weight')), lookup('bias'));
      return { y: castLike(y, x), buffers: {} };
    },
    // The centred and the normalised values are kept, besides the result.
    trace: (shape) => ({ shape, activations: 3 * elementCount(shape) }),
  };
}
