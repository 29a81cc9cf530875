import { elementCount } from '../runtime/host-tensor.ts';
import { operation } from '../runtime/ops.ts';
import { attention } from './attention.ts';
import { gelu } from './gelu.ts';
import { constant, xavierUniform } from './initializers.ts';
import { type Layer, pure, sequential } from './layer.ts';
import { layerNorm } from './layer-norm.ts';
import { linear } from './linear.ts';

export interface TransformerBlockOptions {
  /** Values of a token. */
  readonly size: number;
  readonly heads: number;
  /** Values between the two maps of the perceptron. */
  readonly hidden: number;
  /** Of both normalisations. */
  readonly epsilon: number;
}

/**
 * A transformer block of tokens [n, t, size] that normalises first (Dosovitskiy et al., arXiv:2010.11929); names as in
 * timm.
 */
export function transformerBlock({ size, heads, hidden, epsilon }: TransformerBlockOptions): Layer {
  const zero = constant(0);
  const weight = xavierUniform(size, hidden);
  const perceptron = sequential([
    ['fc1', linear(size, hidden, { bias: true, initialize: { weight, bias: zero } })],
    ['', pure(gelu)],
    ['fc2', linear(hidden, size, { bias: true, initialize: { weight, bias: zero } })],
  ]);
  return sequential([
    [
      '',
      skip([
        ['norm1', layerNorm(size, { epsilon })],
        ['attn', attention(size, heads)],
      ]),
    ],
    [
      '',
      skip([
        ['norm2', layerNorm(size, { epsilon })],
        ['mlp', perceptron],
      ]),
    ],
  ]);
}

/** x + layers(x). */
function skip(layers: readonly (readonly [string, Layer])[]): Layer {
  const main = sequential(layers);
  return {
    variables: main.variables,
    apply(lookup, x, context) {
      const { y, buffers } = main.apply(lookup, x, context);
      return { y: operation('AddV2', [x, y]), buffers };
    },
    trace(input) {
      const { shape, activations } = main.trace(input);
      return { shape, activations: activations + elementCount(shape) };
    },
  };
}
