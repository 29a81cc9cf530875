import { elementCount } from '../runtime/host-tensor.ts';
import { castLike, matMul, operation } from '../runtime/ops.ts';
import { tf } from '../runtime/tf.ts';
import { type Initializer, uniform } from './initializers.ts';
import type { Layer } from './layer.ts';

export interface LinearOptions {
  readonly bias: boolean;
  /** First values; PyTorch's default, uniform within 1 / sqrt(input), when absent. */
  readonly initialize?: { readonly weight: Initializer; readonly bias: Initializer } | undefined;
}

/** A linear map of the last axis, [..., input] -> [..., output], in the element type of its input. */
export function linear(input: number, output: number, { bias, initialize }: LinearOptions): Layer {
  const torch = uniform(1 / Math.sqrt(input));
  const first = initialize ?? { weight: torch, bias: torch };
  return {
    variables: {
      weight: { shape: [input, output], kind: 'parameter', initialize: first.weight },
      ...(bias && { bias: { shape: [output], kind: 'parameter', initialize: first.bias } }),
    },
    apply(lookup, x) {
      const rows = x.rank === 2 ? x : tf.reshape(x, [-1, input]);
      const product = matMul(rows, castLike(lookup('weight'), x));
      const y = bias ? operation('AddV2', [product, castLike(lookup('bias'), x)]) : product;
      return { y: x.rank === 2 ? y : tf.reshape(y, [...x.shape.slice(0, -1), output]), buffers: {} };
    },
    trace(shape) {
      const outer = shape.slice(0, -1);
      return { shape: [...outer, output], activations: elementCount(outer) * output };
    },
  };
}
