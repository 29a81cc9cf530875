import type { Normalization } from '../config/view-settings.ts';
import { tf } from '../runtime/tf.ts';
import { mapPlanes, type Planes } from './planes.ts';

/** Subtracts the mean of each channel and divides by its standard deviation. */
export function normalize(planes: Planes, { mean, std }: Normalization): Planes {
  return mapPlanes(planes, (plane, channel) => tf.div(tf.sub(plane, mean[channel] ?? 0), std[channel] ?? 1));
}
