import sharp, { type Sharp } from 'sharp';
import { contentProblem } from './content.ts';
import { DecodeProblem } from './decode-problem.ts';
import type { StoredImage } from './image-source.ts';
import { withRoom } from './large-images.ts';
import { decodePpm, isPpm, readPpmSize } from './ppm.ts';
import { type Box, type Interpolation, type RgbImage, resampleBox } from './resample.ts';

// Images are decoded side by side, so one thread each is best; and no image is asked for twice within a cache's life.
sharp.concurrency(1);
sharp.cache(false);

/** Pillow's own limit against decompression bombs: half a gigabyte of RGB. */
const LARGEST_IMAGE_PIXELS = 178_956_970;

/** Below this size an evaluation image is resized whole; above, ImageNet's margin of 256/224 is cropped off. */
export const SMALLEST_CROPPED_SIZE = 96;

function open(bytes: Uint8Array): Sharp {
  const problem = contentProblem(bytes);
  if (problem !== undefined) throw new DecodeProblem(problem);
  return sharp(bytes, {
    autoOrient: true,
    failOn: 'error',
    ignoreIcc: true,
    limitInputPixels: LARGEST_IMAGE_PIXELS,
  });
}

/** What libvips' complaints about a kind of file begin with. */
const LOADERS = { png: 'vipspng:', jpeg: 'VipsJpeg:', webp: 'webp:' } as const;

function problemOf(error: unknown, bytes: Uint8Array): DecodeProblem {
  const reason = error instanceof Error ? error.message : String(error);
  if (reason.includes('exceeds pixel limit')) {
    return new DecodeProblem(`has more than ${LARGEST_IMAGE_PIXELS} pixels`, { cause: error });
  }
  const header = /^Input buffer has corrupt header:\s*/;
  const own = LOADERS[bytes[0] === 0xff ? 'jpeg' : bytes[0] === 0x89 ? 'png' : 'webp'];
  // libvips gathers complaints of all threads in one place: those of other kinds of files belong to other images.
  const isOwn = (line: string): boolean =>
    !Object.values(LOADERS).some((begin) => begin !== own && line.startsWith(begin));
  const lines = reason.split('\n').map((line) =>
    line
      .replace(header, '')
      .replace(/^Unknown error$/, '')
      .trim(),
  );
  const told = [...new Set(lines)].filter((line) => line !== '' && isOwn(line)).join('; ');
  const untold = header.test(reason) ? 'its header is damaged' : 'it is damaged';
  return new DecodeProblem(`can't be decoded: ${told || untold}`, { cause: error });
}

/** Grey [height, width, 1 or 2] to RGB [height, width, 3], dropping alpha. */
function keepRgb(data: Uint8Array, channels: number): Uint8Array {
  if (channels === 3) return data;
  const pixels = data.length / channels;
  const out = new Uint8Array(pixels * 3);
  for (let i = 0; i < pixels; i++) {
    for (let c = 0; c < 3; c++) out[i * 3 + c] = data[i * channels + (channels < 3 ? 0 : c)] as number;
  }
  return out;
}

/**
 * Decodes a JPEG, PNG, WebP (its first frame) or binary PPM, unless it is decoded already, to RGB: uint8 [height, width, 3], upright as its EXIF orientation says.
 *
 * JPEG, PNG and WebP give Pillow's `convert('RGB')` bytes: grey is repeated, alpha dropped, palettes looked up,
 * embedded profiles ignored. 16 bits keep their high byte. CMYK goes through libvips' CMYK profile, where Pillow
 * multiplies out the inks.
 *
 * @throws DecodeProblem for a truncated, corrupt, too large or other kind of file.
 */
export async function decodeRgb(bytes: StoredImage): Promise<RgbImage> {
  if (!(bytes instanceof Uint8Array)) return bytes;
  if (isPpm(bytes)) return decodePpm(bytes);
  const image = open(bytes).removeAlpha().toColourspace('srgb').raw({ depth: 'uchar' });
  try {
    const { data, info } = await image.toBuffer({ resolveWithObject: true });
    return { data: keepRgb(data, info.channels), height: info.height, width: info.width };
  } catch (error) {
    throw problemOf(error, bytes);
  }
}

/**
 * The upright size of an image from its header alone, in pixels.
 *
 * @throws DecodeProblem as decodeRgb does, except for damage behind the header.
 */
export async function readSize(bytes: StoredImage): Promise<{ height: number; width: number }> {
  if (!(bytes instanceof Uint8Array)) return { height: bytes.height, width: bytes.width };
  if (isPpm(bytes)) return readPpmSize(bytes);
  const image = open(bytes);
  try {
    const { autoOrient } = await image.metadata();
    return autoOrient;
  } catch (error) {
    throw problemOf(error, bytes);
  }
}

/** How a crop is resized: to a square of `size` pixels. */
export interface CropTarget {
  readonly size: number;
  readonly interpolation: Interpolation;
}

/**
 * Decodes an image once and resizes each of its crops to its target: uint8 [size, size, 3].
 *
 * The boxes, one a target, depend on the image's size, so they are asked for when it is known. The whole image is decoded
 * at full size (no JPEG shrink-on-load), so that crops equal those of the decoded image.
 *
 * @param outputs where the crops go, one a target; new memory if they aren't given.
 * @throws DecodeProblem as decodeRgb does; RangeError when the boxes are more or fewer than the targets.
 */
export async function decodeCrops(
  bytes: StoredImage,
  boxesFor: (height: number, width: number) => readonly Box[],
  targets: readonly CropTarget[],
  outputs?: readonly Uint8Array[],
): Promise<Uint8Array[]> {
  return withRoom(bytes, async () => {
    const image = await decodeRgb(bytes);
    const boxes = boxesFor(image.height, image.width);
    if (boxes.length !== targets.length) throw new RangeError(`expected ${targets.length} boxes, got ${boxes.length}`);
    return targets.map(({ size, interpolation }, i) =>
      resampleBox(image, boxes[i] as Box, { height: size, width: size }, interpolation, outputs?.[i]),
    );
  });
}

/**
 * Decodes an image for evaluation to uint8 [size, size, 3]: short side to `size`, then the centre.
 *
 * From 96 pixels on the short side becomes size x 256/224 first, as torchvision's ImageNet evaluation has it
 * (`Resize(256)`, `CenterCrop(224)`).
 *
 * @throws DecodeProblem as decodeRgb does.
 */
export function decodeResized(bytes: StoredImage, size: number, interpolation: Interpolation): Promise<Uint8Array> {
  return withRoom(bytes, async () => resizeWhole(await decodeRgb(bytes), size, interpolation));
}

function resizeWhole(image: RgbImage, size: number, interpolation: Interpolation): Uint8Array {
  const short = size < SMALLEST_CROPPED_SIZE ? size : Math.round((size * 256) / 224);
  const least = Math.min(image.height, image.width);
  const scaled = (side: number): number => (side === least ? short : Math.trunc((short * side) / least));
  const resized = { height: scaled(image.height), width: scaled(image.width) };
  if (resized.height * resized.width > LARGEST_IMAGE_PIXELS) {
    throw new DecodeProblem(`is too long and thin to resize (${image.width} x ${image.height})`);
  }
  const whole = { top: 0, left: 0, height: image.height, width: image.width };
  const data = resampleBox(image, whole, resized, interpolation);
  const centre = { top: Math.round((resized.height - size) / 2), left: Math.round((resized.width - size) / 2) };
  const square = { height: size, width: size };
  return resampleBox({ data, ...resized }, { ...centre, ...square }, square, interpolation);
}
