import type { Interpolation } from '../../config/view-settings.ts';
import type { ImageSize } from './image-size.ts';
import type { Stretch } from './resample-axis.ts';
import { copyRows, heightThenWidth, widthThenHeight } from './resample-passes.ts';
import type { Box, RgbImage } from './rgb-image.ts';

export type { Box, RgbImage } from './rgb-image.ts';

/** All of an image. */
export function wholeBox({ height, width }: ImageSize): Box {
  return { top: 0, left: 0, height, width };
}

/**
 * The size of an image whose short side becomes `short`; the long one is rounded down, as torchvision's `Resize` does.
 */
export function withShortSide({ height, width }: ImageSize, short: number): ImageSize {
  const least = Math.min(height, width);
  const scaled = (side: number): number => (side === least ? short : Math.trunc((short * side) / least));
  return { height: scaled(height), width: scaled(width) };
}

/** The whole pixels that a stretch of a crop touches. */
function touched(start: number, extent: number): Stretch & { readonly first: number } {
  const first = Math.floor(start);
  return { first, from: Math.ceil(start + extent) - first, offset: start - first, extent };
}

/**
 * Whether the height is resized first: where more than twice as much of it goes, because then it is less work.
 *
 * Pillow has had this rule since version 13. The order changes the rounding between the passes: a few levels of 255.
 */
function isHeightFirst(box: Box, size: ImageSize): boolean {
  const goes = box.height - size.height;
  return goes > 0 && goes > 2 * (box.width - size.width);
}

/**
 * Resizes a crop, as Pillow's `image.crop(box).resize(size)` does: uint8 [height, width, 3].
 *
 * Separable, rounded to uint8 between the passes: bit for bit Pillow's. About 0.3 ms of the calling thread for 300 x
 * 300 to 224 x 224; the cost grows with the area of the crop.
 *
 * @param out where the result goes; new memory if it isn't given.
 */
export function resampleBox(
  image: RgbImage,
  box: Box,
  size: ImageSize,
  interpolation: Interpolation,
  out?: Uint8Array,
): Uint8Array {
  return resamplePart(image, box, size, wholeBox(size), interpolation, out);
}

/**
 * A part of what `resampleBox` makes, bit for bit, for the cost of that part: uint8 [part.height, part.width, 3].
 *
 * @param part whole pixels of the resized crop.
 * @param out where the result goes; new memory if it isn't given.
 */
export function resamplePart(
  image: RgbImage,
  box: Box,
  size: ImageSize,
  part: Box,
  interpolation: Interpolation,
  out: Uint8Array = new Uint8Array(part.height * part.width * 3),
): Uint8Array {
  const across = touched(box.left, box.width);
  const down = touched(box.top, box.height);
  if (box.height === size.height && box.width === size.width && down.offset === 0 && across.offset === 0) {
    copyRows(image, { ...part, top: box.top + part.top, left: box.left + part.left }, out, 0);
    return out;
  }
  const passes = isHeightFirst(box, size) ? heightThenWidth : widthThenHeight;
  passes({
    image,
    pixels: { top: down.first, left: across.first, height: down.from, width: across.from },
    across,
    down,
    columns: { start: part.left, count: part.width, all: size.width },
    rows: { start: part.top, count: part.height, all: size.height },
    interpolation,
    out,
  });
  return out;
}
