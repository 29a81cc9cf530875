import type { Pointer } from './c-api.ts';
import type { RowsAndColumns } from './convolution-window.ts';
import { operation } from './ops.ts';
import { currentGraph, outputOf, type Tensor, tensorOf, tf } from './tf.ts';

/** The positions that a filter takes on an image: of its own size, every `stride` pixels, after zeros on every side. */
export interface Sliding {
  readonly kernel: RowsAndColumns;
  readonly stride: number;
  readonly padding: RowsAndColumns;
}

/**
 * What a filter sees at every position, as rows of a matrix product: x [n, h, w, c] -> [n * h' * w', taps * c], the
 * taps in the filter's order, or from the last to the first; and `map`, which is [n, h', w'].
 *
 * @param after operations that must have run before.
 */
export function convolutionPatches(
  x: Tensor,
  { kernel, stride, padding }: Sliding,
  { after = [], isReversed = false }: { after?: readonly Pointer[] | undefined; isReversed?: boolean | undefined } = {},
): { patches: Tensor; map: number[] } {
  const [n = 1, height = 1, width = 1, channels = 1] = x.shape;
  const [rows, columns] = [height + 2 * padding[0], width + 2 * padding[1]];
  const count = (size: number, taps: number): number => Math.floor((size - taps) / stride) + 1;
  const [outHeight, outWidth] = [count(rows, kernel[0]), count(columns, kernel[1])];
  const map = [n, outHeight, outWidth];
  const padded = delayed(x, padding, after);
  const indices: number[] = [];
  for (let i = 0; i < outHeight; i++)
    for (let j = 0; j < outWidth; j++) {
      const first = indices.length;
      for (let u = 0; u < kernel[0]; u++)
        for (let v = 0; v < kernel[1]; v++) indices.push((i * stride + u) * columns + j * stride + v);
      if (isReversed) indices.push(...indices.splice(first).reverse());
    }
  const shape = [-1, kernel[0] * kernel[1] * channels];
  // The image itself, of 1 x 1 filters and of those that see it whole.
  const isImage = indices.length === rows * columns && indices.every((pixel, i) => pixel === i);
  if (isImage) return { patches: tf.reshape(padded, shape), map };
  const flat = tf.reshape(padded, [n, rows * columns, channels]);
  const patches = operation('GatherV2', [flat, tf.tensor1d(indices, 'int32'), tf.scalar(1, 'int32')]);
  return { patches: tf.reshape(patches, shape), map };
}

/** x with zeros on every side, computed only after the given operations. */
export function delayed(x: Tensor, [rows, columns]: RowsAndColumns, control: readonly Pointer[]): Tensor {
  const graph = currentGraph();
  const isPadded = rows > 0 || columns > 0;
  if (!isPadded && control.length === 0) return x;
  if (!isPadded) return tensorOf({ oper: graph.add('Identity', [outputOf(x)], {}, { control }), index: 0 });
  const sides = tf.tensor2d([0, 0, rows, rows, columns, columns, 0, 0], [4, 2], 'int32');
  return tensorOf({ oper: graph.add('Pad', [outputOf(x), outputOf(sides)], {}, { control }), index: 0 });
}
