import type { Pointer } from './c-api.ts';
import { operation } from './ops.ts';
import { currentGraph, outputOf, type Tensor, tensorOf, tf } from './tf.ts';

/** The positions that a filter takes on an image: of its own size, every `stride` pixels, after zeros on every side. */
export interface Sliding {
  readonly kernel: number;
  readonly stride: number;
  readonly padding: number;
}

/**
 * What a filter sees at every position, as rows of a matrix product: x [n, h, w, c] -> [n * h' * w', k * k * c], the
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
  const [rows, columns] = [height + 2 * padding, width + 2 * padding];
  const count = (size: number): number => Math.floor((size - kernel) / stride) + 1;
  const [outHeight, outWidth] = [count(rows), count(columns)];
  const map = [n, outHeight, outWidth];
  const padded = delayed(x, padding, after);
  if (kernel === 1 && stride === 1) return { patches: tf.reshape(padded, [-1, channels]), map };
  const indices: number[] = [];
  for (let i = 0; i < outHeight; i++)
    for (let j = 0; j < outWidth; j++) {
      const first = indices.length;
      for (let u = 0; u < kernel; u++)
        for (let v = 0; v < kernel; v++) indices.push((i * stride + u) * columns + j * stride + v);
      if (isReversed) indices.push(...indices.splice(first).reverse());
    }
  const flat = tf.reshape(padded, [n, rows * columns, channels]);
  const patches = operation('GatherV2', [flat, tf.tensor1d(indices, 'int32'), tf.scalar(1, 'int32')]);
  return { patches: tf.reshape(patches, [-1, kernel * kernel * channels]), map };
}

/** x with zeros on every side, computed only after the given operations. */
export function delayed(x: Tensor, padding: number, control: readonly Pointer[]): Tensor {
  const graph = currentGraph();
  if (padding === 0 && control.length === 0) return x;
  if (padding === 0) return tensorOf({ oper: graph.add('Identity', [outputOf(x)], {}, { control }), index: 0 });
  const sides = tf.tensor2d([0, 0, padding, padding, padding, padding, 0, 0], [4, 2], 'int32');
  return tensorOf({ oper: graph.add('Pad', [outputOf(x), outputOf(sides)], {}, { control }), index: 0 });
}
