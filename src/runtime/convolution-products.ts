import { cApi, DataType, type Output, withStatus } from './c-api.ts';
import type { Convolution, ConvolutionProduct } from './convolution.ts';
import { convolutionPatches, type Sliding } from './convolution-patches.ts';
import { denseProduct } from './dense-convolution.ts';
import { consumersOf } from './edges.ts';
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

/**
 * The convolution y [n, h', w', out] of x [n, h, w, in] with a filter [rows, columns, in, out] by matrix products, or
 * undefined where these are not faster: always on a GPU, where cuDNN chooses.
 */
export function convolutionProduct(
  x: Tensor,
  filter: Tensor,
  y: Tensor,
  { stride, padding }: Pick<Sliding, 'stride' | 'padding'>,
): ConvolutionProduct | undefined {
  if (currentGraph().target !== 'cpu') return undefined;
  const [rows = 1, columns = 1] = filter.shape;
  const sliding: Sliding = { kernel: [rows, columns], stride, padding };
  return (
    denseProduct(x, filter, y, sliding) ?? (isProductFaster(filter, y) ? patchesProduct(x, filter, sliding) : undefined)
  );
}

function isProductFaster(filter: Tensor, y: Tensor): boolean {
  const [n = 1, height = 1, width = 1] = y.shape;
  const limit = elementType(filter) === DataType.bfloat16 ? PRODUCT_FROM.bfloat16 : PRODUCT_FROM.float32;
  return height * width <= LARGEST_MAP && filter.size >= limit * n * height * width;
}

/** One product of what the filter sees at every position with the filter. */
function patchesProduct(x: Tensor, filter: Tensor, sliding: Sliding): ConvolutionProduct {
  const output = filter.shape[3] as number;
  const { patches, map } = convolutionPatches(x, sliding);
  const product = operation('MatMul', [patches, tf.reshape(filter, [-1, output])]);
  return {
    y: tf.reshape(product, [...map, output]),
    inputGradient: sliding.stride === 1 ? (dy) => inputGradient(filter, sliding, dy) : undefined,
  };
}

/** The gradient [n, h, w, in] of the input of a convolution of stride 1, from that of its result [n, h', w', out]. */
function inputGradient(filter: Tensor, { kernel, padding }: Sliding, dy: Tensor): Tensor {
  const [rows, columns] = kernel;
  const [, , input = 1, output = 1] = filter.shape;
  const around = [rows - 1 - padding[0], columns - 1 - padding[1]] as const;
  const { patches, map } = convolutionPatches(dy, { kernel, stride: 1, padding: around }, { isReversed: true });
  const transposed = operation('Transpose', [filter, tf.tensor1d([2, 0, 1, 3], 'int32')]);
  const matrix = tf.reshape(transposed, [input, rows * columns * output]);
  return tf.reshape(operation('MatMul', [patches, matrix], { transpose_b: true }), [...map, input]);
}

/**
 * Puts matrix products in the place of those recorded convolutions that have one, and of their inputs' gradients.
 *
 * Done when a function is recorded to its end: TensorFlow's gradient of a product would go through the patches.
 */
export function useProducts(convolutions: readonly Convolution[]): void {
  for (const { taps, y, product } of convolutions) {
    if (product === undefined) continue;
    const { inputGradient: gradientOf } = product;
    for (const { oper } of gradientOf ? consumersOf(outputOf(taps)) : []) {
      if (cApi().TF_OperationOpType(oper) !== 'Conv2DBackpropInput') continue;
      const dy = tensorOf(cApi().TF_OperationInput({ oper, index: 2 }) as Output);
      if (gradientOf) replace({ oper, index: 0 }, outputOf(gradientOf(dy)));
    }
    replace(outputOf(y), outputOf(product.y));
  }
}

/** Has all readers of `old` read `next`. */
function replace(old: Output, next: Output): void {
  const { pointer } = currentGraph();
  for (const consumer of consumersOf(old)) {
    withStatus('use a matrix product', (status) => cApi().TF_UpdateEdge(pointer, next, consumer, status));
  }
}
