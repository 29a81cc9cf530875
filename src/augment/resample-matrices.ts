import type { Interpolation } from '../config/view-settings.ts';
import { operation } from '../runtime/ops.ts';
import { type Tensor, tf } from '../runtime/tf.ts';

export interface Resampling {
  readonly interpolation: Interpolation;
  /** Widen the kernel by the scale when shrinking, and renormalise it at the border. */
  readonly antialias: boolean;
}

/** One axis of a batch of crops, in pixels. */
export interface CropAxis {
  /** First pixel of each crop, [n]. */
  readonly start: Tensor;
  /** Pixels of each crop, [n]. */
  readonly extent: Tensor;
  /** 1 for the images that are mirrored along this axis, [n]. */
  readonly flip?: Tensor | undefined;
}

/**
 * Matrices [n, to, from] that crop one axis of `from` pixels, resize the crop to `to` pixels and mirror it.
 *
 * Equal to torchvision's `resized_crop` on float images: half-pixel centres; cubic kernels with a = -0.5 with
 * antialiasing and -0.75 without; without antialiasing the edge pixels repeat.
 */
export function resampleMatrices(
  { start, extent, flip }: CropAxis,
  from: number,
  to: number,
  { interpolation, antialias }: Resampling,
): Tensor {
  const column = (values: Tensor): Tensor => tf.reshape(values, [-1, 1, 1]);
  const pixels = column(extent);
  // Division by a constant would become a product with its rounded inverse, and 6 / 6 not 1.
  const scale = operation('DivNoNan', [pixels, tf.scalar(to)]);
  const targets = tf.reshape(tf.range(0, to, 1, 'float32'), [1, to, 1]);
  const mirrored = flip ? tf.add(targets, tf.mul(column(flip), tf.sub(to - 1, tf.mul(targets, 2)))) : targets;
  const centre = tf.mul(scale, tf.add(mirrored, 0.5));
  const sources = tf.sub(tf.reshape(tf.range(0, from, 1, 'float32'), [1, 1, from]), column(start));
  const stretch = antialias ? tf.maximum(scale, 1) : tf.scalar(1);
  const kernel = (position: Tensor): Tensor => {
    const distance = tf.abs(tf.div(tf.sub(tf.add(position, 0.5), centre), stretch));
    return interpolation === 'bilinear' ? triangle(distance) : cubic(distance, antialias ? -0.5 : -0.75);
  };
  const where = (condition: Tensor): Tensor => tf.cast(condition, 'float32');
  const inside = where(tf.logicalAnd(tf.greaterEqual(sources, 0), tf.less(sources, pixels)));
  const weights = tf.mul(kernel(sources), inside);
  if (antialias) return tf.div(weights, tf.sum(weights, 2, true));
  const beforeFirst = tf.add(kernel(tf.scalar(-1)), kernel(tf.scalar(-2)));
  const afterLast = tf.add(kernel(pixels), kernel(tf.add(pixels, 1)));
  const first = where(tf.equal(sources, 0));
  const last = where(tf.equal(sources, tf.sub(pixels, 1)));
  return tf.add(weights, tf.add(tf.mul(first, beforeFirst), tf.mul(last, afterLast)));
}

function triangle(distance: Tensor): Tensor {
  return tf.relu(tf.sub(1, distance));
}

/** Keys, "Cubic convolution interpolation for digital image processing" (1981), with its parameter a. */
function cubic(x: Tensor, a: number): Tensor {
  const near = tf.add(tf.mul(tf.mul(tf.sub(tf.mul(x, a + 2), a + 3), x), x), 1);
  const far = tf.mul(tf.sub(tf.mul(tf.add(tf.mul(tf.sub(x, 5), x), 8), x), 4), a);
  return tf.where(tf.less(x, 1), near, tf.where(tf.less(x, 2), far, tf.zerosLike(x)));
}

/**
 * Applies row matrices [n, s, h] and column matrices [n, s, w] to images [b, 3, h, w]; returns [n, 3, s, s].
 *
 * `n` is a multiple of `b`: view `i` comes from image `i % b`. Two batched matrix products and no transposition.
 */
export function resample(images: Tensor, rows: Tensor, columns: Tensor): Tensor {
  const [b, , h, w] = images.shape as [number, number, number, number];
  const [n, s] = rows.shape as [number, number];
  const narrowed = operation(
    'BatchMatMulV2',
    [tf.reshape(images, [1, b, 3 * h, w]), tf.reshape(columns, [n / b, b, s, w])],
    { adj_y: true },
  );
  return operation('BatchMatMulV2', [tf.reshape(rows, [n, 1, s, h]), tf.reshape(narrowed, [n, 3, h, s])]);
}
