import type { ImageSize } from '../pixels/image-size.ts';
import { type Box, type RgbImage, resampleBox, wholeBox } from '../pixels/resample.ts';
import { enlarge } from './canvas.ts';

/**
 * An image at the largest size that fits: enlarged by a whole factor, so that pixels stay squares, or shrunk with
 * antialiasing.
 */
export function fitInside(image: RgbImage, room: ImageSize): RgbImage {
  const scale = Math.min(room.height / image.height, room.width / image.width);
  if (scale >= 1) return enlarge(image, Math.floor(scale));
  const side = (length: number): number => Math.max(1, Math.round(length * scale));
  const size = { height: side(image.height), width: side(image.width) };
  return { data: resampleBox(image, wholeBox(image), size, 'bicubic'), ...size };
}

/** A box in other units, at least one pixel wide and high, moved by an offset. */
export function scaleBox(
  box: Box,
  scale: { readonly y: number; readonly x: number },
  offset: { readonly top: number; readonly left: number },
): Box {
  const [top, left] = [Math.round(box.top * scale.y), Math.round(box.left * scale.x)];
  const [bottom, right] = [Math.round((box.top + box.height) * scale.y), Math.round((box.left + box.width) * scale.x)];
  return {
    top: offset.top + top,
    left: offset.left + left,
    height: Math.max(1, bottom - top),
    width: Math.max(1, right - left),
  };
}
