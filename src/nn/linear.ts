import { tf } from '../runtime/tf.ts';
import { uniform } from './initializers.ts';
import type { Layer } from './layer.ts';

/** A linear map [n, input] -> [n, output] with PyTorch's default initial values, uniform within 1 / sqrt(input). */
export function linear(input: number, output: number, { bias }: { bias: boolean }): Layer {
  const initialize = uniform(1 / Math.sqrt(input));
  return {
    variables: {
      weight: { shape: [input, output], kind: 'parameter', initialize },
      ...(bias && { bias: { shape: [output], kind: 'parameter', initialize } }),
    },
    apply(lookup, x) {
      const y = tf.matMul(x as never, lookup('weight') as never);
      return { y: bias ? tf.add(y, lookup('bias')) : y, buffers: {} };
    },
    trace: () => ({ shape: [output], activations: output }),
  };
}
