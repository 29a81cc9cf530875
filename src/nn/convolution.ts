import { conv2d } from '../runtime/conv2d.ts';
import { type ConvolutionInit, convolutionInitializer } from './initializers.ts';
import type { Layer } from './layer.ts';

/** Sizes of a convolution without bias; `padding` zeros on every side, (kernel - 1) / 2 by default. */
export interface ConvolutionOptions {
  readonly input: number;
  readonly output: number;
  readonly kernel: number;
  readonly stride?: number | undefined;
  readonly padding?: number | undefined;
  readonly init: ConvolutionInit;
}

/** A 2-D convolution [n, h, w, input] -> [n, h', w', output], padded and strided as PyTorch's Conv2d without bias. */
export function convolution({
  input,
  output,
  kernel,
  stride = 1,
  padding = (kernel - 1) >> 1,
  init,
}: ConvolutionOptions): Layer {
  const reduce = (length: number): number => Math.floor((length + 2 * padding - kernel) / stride) + 1;
  return {
    variables: {
      weight: {
        shape: [kernel, kernel, input, output],
        kind: 'parameter',
        initialize: convolutionInitializer(init, kernel, input, output),
      },
    },
    apply: (lookup, x) => ({ y: conv2d(x, lookup('weight'), stride, padding), buffers: {} }),
    trace: ([height = 1, width = 1]) => {
      const shape = [reduce(height), reduce(width), output];
      return { shape, activations: reduce(height) * reduce(width) * output };
    },
  };
}
