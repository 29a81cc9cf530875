import { type Tensor, tf } from '../runtime/tf.ts';
import { mapPlanes, type Planes, perImage } from './planes.ts';

/** Weights of red, green and blue in torchvision's `rgb_to_grayscale`; they add up to 0.9999. */
const WEIGHTS = [0.2989, 0.587, 0.114] as const;

/** Luminance [n, h, w] of planes. */
export function luminance([red, green, blue]: Planes): Tensor {
  return tf.add(tf.add(tf.mul(red, WEIGHTS[0]), tf.mul(green, WEIGHTS[1])), tf.mul(blue, WEIGHTS[2]));
}

/** Replaces the images whose `chosen` [n] is 1 by their luminance in all three planes. */
export function grayscale(planes: Planes, chosen: Tensor): Planes {
  const grey = luminance(planes);
  const condition = tf.greater(perImage(chosen), 0.5);
  return mapPlanes(planes, (plane) => tf.where(condition, grey, plane));
}
