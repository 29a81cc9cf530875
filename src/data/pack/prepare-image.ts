import sharp from 'sharp';
import { isJpeg } from '../pixels/content.ts';
import { decodeRgb } from '../pixels/decode.ts';
import { DecodeProblem } from '../pixels/decode-problem.ts';
import { encodePpm } from '../pixels/ppm.ts';
import { type RgbImage, resampleBox, wholeBox, withShortSide } from '../pixels/resample.ts';
import type { StoredImage } from '../pixels/stored-image.ts';
import type { PackSettings } from './pack-settings.ts';

/** An image as it goes into a shard. */
export interface PreparedImage {
  readonly bytes: Uint8Array;
  readonly extension: 'jpg' | 'ppm';
}

/** Pixels; what a JPEG file can say. */
const LONGEST_JPEG_SIDE = 65_535;

/**
 * Shrinks an image until its short side is `size`.
 *
 * Bicubic, because a crop of the result is resampled again: of the two it keeps more of what the crop of the original
 * has (0.4 dB on ImageNet at 256 pixels).
 */
function shrink(image: RgbImage, size: number): RgbImage {
  if (Math.min(image.height, image.width) <= size) return image;
  const to = withShortSide(image, size);
  return { data: resampleBox(image, wholeBox(image), to, 'bicubic'), ...to };
}

/** Whether every reader would see the same pixels in this file: an upright JPEG of three colours. */
async function isPlainJpeg(bytes: Uint8Array): Promise<boolean> {
  if (!isJpeg(bytes)) return false;
  const { space, orientation } = await sharp(bytes).metadata();
  return space === 'srgb' && (orientation ?? 1) === 1;
}

async function encodeJpeg({ data, height, width }: RgbImage, quality: number): Promise<Uint8Array> {
  if (Math.max(height, width) > LONGEST_JPEG_SIDE) {
    throw new DecodeProblem(`is too long and thin for a JPEG (${width} x ${height} when resized)`);
  }
  // At equal size, colours at full resolution with quality 90 are nearer than halved ones with 95 (ImageNet at 256
  // pixels).
  return sharp(data, { raw: { width, height, channels: 3 } })
    .jpeg({ quality, chromaSubsampling: '4:4:4' })
    .toBuffer();
}

/**
 * An image resized and encoded for a shard: upright RGB. A JPEG that is small enough and plain is copied as it is, once
 * it has been decoded without a mistake.
 *
 * @throws DecodeProblem for an image that can't be used.
 */
export async function prepareImage(stored: StoredImage, settings: PackSettings): Promise<PreparedImage> {
  const image = await decodeRgb(stored);
  const small = shrink(image, settings.size);
  if (settings.format === 'raw') return { bytes: encodePpm(small), extension: 'ppm' };
  const isCopied = small === image && stored instanceof Uint8Array && (await isPlainJpeg(stored));
  return { bytes: isCopied ? stored : await encodeJpeg(small, settings.quality), extension: 'jpg' };
}
