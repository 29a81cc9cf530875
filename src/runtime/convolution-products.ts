import { cApi, DataType, type Output, withStatus } from './c-api.ts';
import { consumersOf } from './consumers.ts';
import type { Convolution } from './convolution.ts';
import { convolutionPatches, type Sliding } from './convolution-patches.ts';
import { elementType, operation } from './ops.ts';
import { currentGraph, outputOf, type Tensor, tensorOf, tf } from './tf.ts';

/** Pixels of the largest map that a product is faster on: oneDNN's convolutions work through rows, here short ones. */
const LARGEST_MAP = 25;

/**
 * Elements of the filter for every position that it slides over, from which on a matrix product is faster: oneDNN
 * lays out the filter anew in every step. Measured on two cores with AMX: 3 x 3 of 512 channels on 128 maps of 4 x 4
 * take 0.7 of the time, of 256 channels or 7 x 7 all of it; with AVX2 alone 0.95, and more below this limit.
 */
const PRODUCT_FROM = { bfloat16: 256, float32: 512 } as const;

/** Whether a product is faster for a convolution of that filter [k, k, in, out] and result [n, h, w, out]. */
export function isProductFaster(filter: Tensor, y: Tensor): boolean {
  const [n = 1, height = 1, width = 1] = y.shape;
  const limit = elementType(filter) === DataType.bfloat16 ? PRODUCT_FROM.bfloat16 : PRODUCT_FROM.float32;
  const isSmall = height * width <= LARGEST_MAP;
  return currentGraph().target === 'cpu' && isSmall && filter.size >= limit * n * height * width;
}

/** The convolution of x [n, h, w, in] with a filter [k, k, in, out] as one matrix product: [n, h', w', out]. */
export function convolutionProduct(x: Tensor, filter: Tensor, sliding: Sliding): Tensor {
  const [kernel = 1, , input = 1, output = 1] = filter.shape;
  const { patches, map } = convolutionPatches(x, sliding);
  const product = operation('MatMul', [patches, tf.reshape(filter, [kernel * kernel * input, output])]);
  return tf.reshape(product, [...map, output]);
}

/** The gradient [n, h, w, in] of the input of a convolution of stride 1, from that of its result [n, h', w', out]. */
function inputGradient({ taps, padding }: Convolution, dy: Tensor): Tensor {
  const [kernel = 1, , input = 1, output = 1] = taps.shape;
  const sliding = { kernel, stride: 1, padding: kernel - 1 - padding };
  const { patches, map } = convolutionPatches(dy, sliding, { isReversed: true });
  const transposed = operation('Transpose', [taps, tf.tensor1d([2, 0, 1, 3], 'int32')]);
  const matrix = tf.reshape(transposed, [input, kernel * kernel * output]);
  return tf.reshape(operation('MatMul', [patches, matrix], { transpose_b: true }), [...map, input]);
}

/**
 * Puts matrix products in the place of those recorded convolutions that have one, and of their inputs' gradients.
 *
 * Done when a function is recorded to its end: TensorFlow's gradient of a product would go through the patches.
 */
export function useProducts(convolutions: readonly Convolution[]): void {
  for (const convolution of convolutions) {
    const { taps, y, product, stride } = convolution;
    if (product === undefined) continue;
    for (const { oper } of consumersOf(outputOf(taps))) {
      if (stride > 1 || cApi().TF_OperationOpType(oper) !== 'Conv2DBackpropInput') continue;
      const dy = tensorOf(cApi().TF_OperationInput({ oper, index: 2 }) as Output);
      replace({ oper, index: 0 }, outputOf(inputGradient(convolution, dy)));
    }
    replace(outputOf(y), outputOf(product));
  }
}

/** Has all readers of `old` read `next`. */
function replace(old: Output, next: Output): void {
  const { pointer } = currentGraph();
  for (const consumer of consumersOf(old)) {
    withStatus('use a matrix product', (status) => cApi().TF_UpdateEdge(pointer, next, consumer, status));
  }
}
