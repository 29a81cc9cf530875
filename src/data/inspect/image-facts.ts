import { createHash } from 'node:crypto';
import sharp from 'sharp';
import { decodeRgb } from '../pixels/decode.ts';
import { isPpm } from '../pixels/ppm.ts';
import type { StoredImage } from '../pixels/stored-image.ts';

/** What is unusual about an image file; all but `small` are handled when it is decoded. */
export const TRAITS = ['grey', 'cmyk', 'alpha', 'sixteenBit', 'rotated', 'animated'] as const;
export type Trait = (typeof TRAITS)[number];

/** Exact sums over the pixels of an image: integers, red, green and blue. */
export interface PixelSums {
  readonly count: number;
  readonly sums: readonly [number, number, number];
  readonly squares: readonly [number, number, number];
}

/** What one good image is. */
export interface ImageFacts {
  /** `jpeg`, `png`, `webp` or another encoding; `pixels` where the format holds decoded ones. */
  readonly encoding: string;
  /** Bytes as stored. */
  readonly bytes: number;
  /** Upright, in pixels. */
  readonly height: number;
  readonly width: number;
  readonly traits: readonly Trait[];
  readonly pixels: PixelSums;
  /** Different colours, counted up to one more than `MOST_COLOURS`; as many for 16 bits, whose high bytes are few. */
  readonly colours: number;
  /** The largest value of a channel but for hot pixels, from 0 to 255; looked for in 16-bit images, 255 for others. */
  readonly brightest: number;
  /** 96 bits that are equal for images of equal size and pixels, and for no others (SHA-1's first). */
  readonly key: readonly [number, number];
}

/** Sums of uint8 [height, width, 3], exact: squares stay below 2^53 up to 138 gigapixels. */
export function sumPixels(data: Uint8Array): PixelSums {
  let [red, green, blue, redSquares, greenSquares, blueSquares] = [0, 0, 0, 0, 0, 0];
  for (let i = 0; i < data.length; i += 3) {
    const r = data[i] as number;
    const g = data[i + 1] as number;
    const b = data[i + 2] as number;
    red += r;
    green += g;
    blue += b;
    redSquares += r * r;
    greenSquares += g * g;
    blueSquares += b * b;
  }
  return { count: data.length / 3, sums: [red, green, blue], squares: [redSquares, greenSquares, blueSquares] };
}

/** Colours that masks and label maps have at most; photographs have far more in their first lines. */
export const MOST_COLOURS = 32;

/** How many colours uint8 [height, width, 3] has, counted up to one more than `MOST_COLOURS`. */
export function countColours(data: Uint8Array): number {
  const seen = new Set<number>();
  let last = -1;
  for (let i = 0; i < data.length && seen.size <= MOST_COLOURS; i += 3) {
    const colour = ((data[i] as number) << 16) | ((data[i + 1] as number) << 8) | (data[i + 2] as number);
    if (colour !== last) seen.add(colour);
    last = colour;
  }
  return seen.size;
}

/** Share of values that may be brighter: hot pixels of a sensor, and what was written into a corner. */
const HOT = 0.005;

function brightestOf(data: Uint8Array): number {
  const counts = new Uint32Array(256);
  for (const value of data) counts[value] = (counts[value] as number) + 1;
  let [brightest, above] = [255, 0];
  while (brightest > 0 && above + (counts[brightest] as number) <= HOT * data.length) {
    above += counts[brightest--] as number;
  }
  return brightest;
}

async function describeFile(bytes: Uint8Array): Promise<{ encoding: string; traits: readonly Trait[] }> {
  if (isPpm(bytes)) return { encoding: 'ppm', traits: [] };
  const { format, space = '', depth, hasAlpha, orientation = 1, pages = 1 } = await sharp(bytes).metadata();
  const has: Readonly<Record<Trait, boolean>> = {
    grey: space === 'b-w' || space === 'grey16',
    cmyk: space === 'cmyk',
    alpha: hasAlpha,
    sixteenBit: depth === 'ushort',
    rotated: orientation > 1,
    animated: pages > 1,
  };
  return { encoding: format, traits: TRAITS.filter((trait) => has[trait]) };
}

function keyOf(height: number, width: number, data: Uint8Array): [number, number] {
  const digest = createHash('sha1').update(`${height} ${width} `).update(data).digest();
  return [digest.readUIntBE(0, 6), digest.readUIntBE(6, 6)];
}

/**
 * Decodes an image whole, as training would, and says what it is.
 *
 * @throws DecodeProblem as `decodeRgb` does.
 */
export async function readFacts(stored: StoredImage): Promise<ImageFacts> {
  const { data, height, width } = await decodeRgb(stored);
  const isFile = stored instanceof Uint8Array;
  const { encoding, traits } = isFile ? await describeFile(stored) : { encoding: 'pixels', traits: [] };
  const isDeep = traits.includes('sixteenBit');
  return {
    encoding,
    traits,
    bytes: isFile ? stored.length : data.length,
    height,
    width,
    pixels: sumPixels(data),
    colours: isDeep ? MOST_COLOURS + 1 : countColours(data),
    // Of others it is not asked for.
    brightest: isDeep ? brightestOf(data) : 255,
    key: keyOf(height, width, data),
  };
}
