import { forEachNumber } from '../../util/for-each-number.ts';
import { decodeRgb } from '../pixels/decode.ts';
import { differentSizes, type ImageSize, isSameSize } from '../pixels/image-size.ts';
import type { BadImages } from '../sources/bad-images.ts';
import type { ImageSource } from '../sources/image-source.ts';

/** An image of another size than the others; the message says which. */
export class OddSize extends Error {
  constructor(size: ImageSize, other: ImageSize) {
    super(differentSizes(size, other));
    this.name = 'OddSize';
  }
}

/** How a source's images are decoded one after the other. */
export interface DecodeOptions {
  readonly size: ImageSize;
  /** Images decoded at once. */
  readonly concurrency: number;
  readonly bad: BadImages;
  readonly signal: AbortSignal | undefined;
  /** Called after each image. */
  readonly onDone: () => void;
}

/**
 * Decodes the images from one index up to another into `out`, uint8 [to - from, height, width, 3]; zeros for bad ones.
 *
 * After the first failure the rest are not begun.
 *
 * @throws OddSize, a UserError for too many bad images, or the signal's reason.
 */
export async function decodeRange(
  source: ImageSource,
  from: number,
  to: number,
  out: Uint8Array,
  { size, concurrency, bad, signal, onDone }: DecodeOptions,
): Promise<void> {
  const stride = size.height * size.width * 3;
  const decode = async (index: number): Promise<void> => {
    const start = (index - from) * stride;
    try {
      const image = await decodeRgb(await source.read(index));
      if (!isSameSize(image, size)) throw new OddSize(size, image);
      out.set(image.data, start);
    } catch (error) {
      bad.note(index, error);
      out.fill(0, start, start + stride);
    }
    onDone();
  };
  await forEachNumber(from, to, concurrency, signal, decode);
}

/** Bytes of pixels that are decoded while as many are written. */
const PIECE = 32 * 2 ** 20;

/**
 * Decodes a source in pieces of some megabytes, in order; a piece is overwritten when the next but one is asked for.
 */
export async function* decodePieces(source: ImageSource, options: DecodeOptions): AsyncGenerator<Uint8Array> {
  const { count } = source;
  const stride = options.size.height * options.size.width * 3;
  const perPiece = Math.min(count, Math.max(1, Math.floor(PIECE / stride)));
  const buffers = [new Uint8Array(perPiece * stride), new Uint8Array(perPiece * stride)] as const;
  const stop = new AbortController();
  const signal = options.signal === undefined ? stop.signal : AbortSignal.any([options.signal, stop.signal]);
  const decode = async (from: number): Promise<Uint8Array> => {
    const to = Math.min(count, from + perPiece);
    const piece = buffers[(from / perPiece) % 2 === 0 ? 0 : 1].subarray(0, (to - from) * stride);
    await decodeRange(source, from, to, piece, { ...options, signal });
    return piece;
  };
  let following = decode(0);
  try {
    for (let from = 0; from < count; from += perPiece) {
      const piece = await following;
      if (from + perPiece < count) following = decode(from + perPiece);
      // Its failure is thrown when it is its turn.
      following.catch(() => {});
      yield piece;
    }
  } finally {
    stop.abort();
    await following.catch(() => {});
  }
}
