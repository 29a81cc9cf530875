import type { Interpolation } from '../../config/view-settings.ts';
import type { ImageSize } from './image-size.ts';
import { resamplePart, wholeBox, withShortSide } from './resample.ts';
import type { RgbImage } from './rgb-image.ts';

/** Below this size an evaluation image is resized whole; from it on, ImageNet's margin of 256/224 is cropped off. */
const SMALLEST_CROPPED_SIZE = 96;

/** What an evaluation makes of every image: torchvision's `Resize(resize)`, then `CenterCrop(size)`, on Pillow. */
export interface EvaluationTransform {
  /** Pixels of the short side before the crop. */
  readonly resize: number;
  /** Side of the square in pixels. */
  readonly size: number;
  readonly interpolation: Interpolation;
}

/**
 * The transform for views of a size, and of nothing else: not of the images' size, nor of how they are held.
 *
 * From 96 pixels on the short side becomes size x 256/224 first, as torchvision's ImageNet evaluation has it
 * (`Resize(256)`, `CenterCrop(224)`).
 */
export function evaluationTransform(size: number, interpolation: Interpolation): EvaluationTransform {
  const resize = size < SMALLEST_CROPPED_SIZE ? size : Math.round((size * 256) / 224);
  return { resize, size, interpolation };
}

/** A transform in torchvision's words: `Resize(256) + CenterCrop(224), bilinear`. */
export function describeTransform({ resize, size, interpolation }: EvaluationTransform): string {
  return `Resize(${resize}) + CenterCrop(${size}), ${interpolation}`;
}

/** Whether a transform leaves images of a size as they are. */
export function keepsImages({ resize, size }: EvaluationTransform, { height, width }: ImageSize): boolean {
  return resize === size && height === size && width === size;
}

/** Half of a margin in whole pixels; of an odd one the even neighbour, as Python's `round` and torchvision have it. */
function halfOf(margin: number): number {
  const below = Math.floor(margin / 2);
  return margin % 2 === 0 || below % 2 === 0 ? below : below + 1;
}

/**
 * Transforms an image: uint8 [size, size, 3]. Only what the crop shows is computed, however long the image is.
 *
 * @param out where the result goes; new memory if it isn't given.
 */
export function transformImage(
  image: RgbImage,
  { resize, size, interpolation }: EvaluationTransform,
  out?: Uint8Array,
): Uint8Array {
  const resized = withShortSide(image, resize);
  const [top, left] = [halfOf(resized.height - size), halfOf(resized.width - size)];
  const crop = { top, left, height: size, width: size };
  return resamplePart(image, wholeBox(image), resized, crop, interpolation, out);
}
