import { type Tensor, tf } from '../runtime/tf.ts';
import { luminance } from './grayscale.ts';
import { clampUnit, mapPlanes, type Planes, perImage } from './planes.ts';

/** One stage of colour jitter on planes. */
export interface JitterStage {
  /** Whether it needs the mean of the whole image before it can change a pixel. */
  readonly readsMean: boolean;
  readonly apply: (planes: Planes) => Planes;
}

/**
 * Brightness, contrast or saturation of each image: `clamp(a * x + b * grey + c * mean(grey))` with `blend` [n, 3].
 *
 * The factor f gives (f, 0, 0) for brightness, (f, 0, 1 - f) for contrast and (f, 1 - f, 0) for saturation, as in
 * torchvision's `adjust_*`; (1, 0, 0) changes nothing.
 */
export function blendColours(planes: Planes, blend: Tensor): Planes {
  const [a, b, c] = tf.unstack(blend, 1).map(perImage) as [Tensor, Tensor, Tensor];
  const grey = luminance(planes);
  const shift = tf.add(tf.mul(b, grey), tf.mul(c, tf.mean(grey, [1, 2], true)));
  return mapPlanes(planes, (plane) => clampUnit(tf.add(tf.mul(a, plane), shift)));
}

/**
 * Moves the hue of each image by `shift` [n], a share of a turn, in HSV with value and saturation kept.
 *
 * The same as a trip through HSV and back, but each channel comes straight from the hue: `min + (max - min) * w(hue)`
 * with w a trapezoid around the channel's own hue.
 */
export function shiftHue(planes: Planes, shift: Tensor): Planes {
  const [red, green, blue] = planes;
  const highest = tf.maximum(tf.maximum(red, green), blue);
  const lowest = tf.minimum(tf.minimum(red, green), blue);
  const chroma = tf.sub(highest, lowest);
  const perChroma = tf.div(1, tf.maximum(chroma, 1e-12));
  // In sixths of a turn, from red.
  const sector = (from: Tensor, to: Tensor, start: number): Tensor =>
    tf.add(tf.mul(tf.sub(from, to), perChroma), start);
  const hue = tf.where(
    tf.equal(highest, red),
    sector(green, blue, 0),
    tf.where(tf.equal(highest, green), sector(blue, red, 2), sector(red, green, 4)),
  );
  const moved = tf.add(hue, tf.mul(perImage(shift), 6));
  const turned = tf.sub(moved, tf.mul(tf.floor(tf.div(moved, 6)), 6));
  const weights: Planes = [
    tf.sub(tf.abs(tf.sub(turned, 3)), 1),
    tf.sub(2, tf.abs(tf.sub(turned, 2))),
    tf.sub(2, tf.abs(tf.sub(turned, 4))),
  ];
  return mapPlanes(weights, (weight) => tf.add(lowest, tf.mul(chroma, clampUnit(weight))));
}

/**
 * The stages of colour jitter: `blends` [n, slots, 3], in order, with the shift of the hue by `hues` [n] in their
 * middle.
 *
 * One hue shift and six blends, of which each image leaves three unchanged, cost a third of a hue shift in each of the
 * four random positions.
 */
export function jitterStages(blends: Tensor | undefined, hues: Tensor | undefined): readonly JitterStage[] {
  const slots = blends?.shape[1] ?? 0;
  const blendAt = (slot: number): Tensor => tf.squeeze(tf.slice(blends as Tensor, [0, slot, 0], [-1, 1, 3]), [1]);
  const stages = Array.from({ length: slots }, (_, slot): JitterStage => {
    return { readsMean: true, apply: (planes) => blendColours(planes, blendAt(slot)) };
  });
  if (hues) stages.splice(slots / 2, 0, { readsMean: false, apply: (planes) => shiftHue(planes, hues) });
  return stages;
}
