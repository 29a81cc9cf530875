import { operation } from '../runtime/ops.ts';
import { type Tensor, tf } from '../runtime/tf.ts';
import { type Planes, perImage, splitChannels } from './planes.ts';

/**
 * Matrices [n, size, size] that blur one axis as torchvision's `gaussian_blur` does: reflected at the border without
 * repeating the edge pixel, with `sigmas` [n] and odd `kernels` [n] in pixels, at most `2 * size - 1`.
 *
 * A sigma of 0 gives the identity.
 */
export function blurMatrices(sigmas: Tensor, kernels: Tensor, size: number): Tensor {
  const variance = tf.square(tf.maximum(perImage(sigmas), 1e-3));
  const radius = tf.div(tf.sub(perImage(kernels), 1), 2);
  const to = tf.reshape(tf.range(0, size, 1, 'float32'), [1, size, 1]);
  const from = tf.reshape(tf.range(0, size, 1, 'float32'), [1, 1, size]);
  const inside = (condition: Tensor): Tensor => tf.cast(condition, 'float32');
  const tap = (offset: Tensor): Tensor => {
    const weight = tf.exp(tf.div(tf.square(offset), tf.mul(variance, -2)));
    const reach = tf.logicalOr(tf.lessEqual(tf.abs(offset), radius), tf.equal(offset, 0));
    return tf.mul(weight, inside(reach));
  };
  const before = tf.mul(tap(tf.add(to, from)), inside(tf.greater(from, 0)));
  const after = tf.mul(tap(tf.sub(2 * (size - 1), tf.add(to, from))), inside(tf.less(from, size - 1)));
  const weights = tf.add(tap(tf.sub(to, from)), tf.add(before, after));
  return tf.div(weights, tf.sum(weights, 2, true));
}

/** Blurs both axes of square planes with `matrices` [n, size, size]: two batched matrix products. */
export function gaussianBlur(planes: Planes, matrices: Tensor): Planes {
  const [n, size] = matrices.shape as [number, number];
  const rows = tf.reshape(tf.stack([...planes], 1), [n, 3 * size, size]);
  const columnsBlurred = tf.reshape(operation('BatchMatMulV2', [rows, matrices], { adj_y: true }), [n, 3, size, size]);
  return splitChannels(operation('BatchMatMulV2', [tf.reshape(matrices, [n, 1, size, size]), columnsBlurred]));
}
