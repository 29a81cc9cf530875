import sharp, { type Sharp } from 'sharp';
import { contentProblem } from './content.ts';
import { DecodeProblem } from './decode-problem.ts';
import type { ImageSize } from './image-size.ts';
import { decodePpm, isPpm, readPpmSize } from './ppm.ts';
import type { RgbImage } from './resample.ts';
import { decodeSmallJpeg, isSmallJpeg } from './small-jpeg.ts';
import type { StoredImage } from './stored-image.ts';

// Images are decoded side by side, so one thread each is best; and no image is asked for twice within a cache's life.
sharp.concurrency(1);
sharp.cache(false);

/** Pillow's own limit against decompression bombs: half a gigabyte of RGB. */
export const LARGEST_IMAGE_PIXELS = 178_956_970;

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
 * Decodes a JPEG, PNG, WebP (its first frame) or binary PPM, unless it is decoded already, to RGB: uint8 [height,
 * width, 3], upright as its EXIF orientation says.
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
  const small = isSmallJpeg(bytes) ? await decodeSmallJpeg(bytes) : undefined;
  return small ?? decodeOpened(open(bytes), bytes);
}

async function decodeOpened(image: Sharp, bytes: Uint8Array): Promise<RgbImage> {
  const raw = image.removeAlpha().toColourspace('srgb').raw({ depth: 'uchar' });
  try {
    const { data, info } = await raw.toBuffer({ resolveWithObject: true });
    return { data: keepRgb(data, info.channels), height: info.height, width: info.width };
  } catch (error) {
    throw problemOf(error, bytes);
  }
}

/** What an image's header says: its upright size in pixels, and whether its EXIF orientation turns or mirrors it. */
export interface ImageHeader extends ImageSize {
  readonly isTurned: boolean;
}

/**
 * What the header of an image says.
 *
 * @throws DecodeProblem as decodeRgb does, except for damage behind the header.
 */
export async function readHeader(bytes: StoredImage): Promise<ImageHeader> {
  if (!(bytes instanceof Uint8Array)) return { height: bytes.height, width: bytes.width, isTurned: false };
  if (isPpm(bytes)) return { ...readPpmSize(bytes), isTurned: false };
  const image = open(bytes);
  try {
    const { autoOrient, orientation = 1 } = await image.metadata();
    return { ...autoOrient, isTurned: orientation !== 1 };
  } catch (error) {
    throw problemOf(error, bytes);
  }
}

/**
 * The upright size of an image from its header alone, in pixels.
 *
 * @throws DecodeProblem as readHeader does.
 */
export async function readSize(bytes: StoredImage): Promise<ImageSize> {
  const { height, width } = await readHeader(bytes);
  return { height, width };
}

/**
 * Whether an image can be decoded at a quarter or an eighth of its size so that a pixel stands for a whole square.
 *
 * What fills no square is left out at the right and at the bottom; at other sides where the image is turned. From half
 * a square on libvips takes it for a whole one, and squeezes the image by it.
 */
export function canShrink({ height, width, isTurned }: ImageHeader, shrink: 4 | 8): boolean {
  return Math.max(height % shrink, width % shrink) < (isTurned ? 1 : shrink / 2);
}

/**
 * Decodes a JPEG at a quarter or an eighth of its size, for a third to three quarters of the cost.
 *
 * @throws DecodeProblem as decodeRgb does.
 */
export async function decodeShrunk(
  bytes: Uint8Array,
  { height, width }: ImageHeader,
  shrink: 4 | 8,
): Promise<RgbImage> {
  const to = { height: Math.floor(height / shrink), width: Math.floor(width / shrink) };
  return decodeOpened(open(bytes).resize(to.width, to.height, { fit: 'fill', kernel: 'cubic' }), bytes);
}
