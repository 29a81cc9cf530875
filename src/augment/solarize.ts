import { type Tensor, tf } from '../runtime/tf.ts';
import { mapPlanes, type Planes, perImage } from './planes.ts';

/** Inverts the values at or above each image's threshold [n]; a threshold above 1 changes nothing. */
export function solarize(planes: Planes, thresholds: Tensor): Planes {
  const threshold = perImage(thresholds);
  return mapPlanes(planes, (plane) => tf.where(tf.greaterEqual(plane, threshold), tf.sub(1, plane), plane));
}
