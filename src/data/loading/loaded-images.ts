import pLimit from 'p-limit';
import { UserError } from '../../util/errors.ts';
import type { CacheEntry } from '../cache/image-cache.ts';
import { DamagedPixels, type PixelFile } from '../cache/pixel-file.ts';
import { decodeRgb } from '../pixels/decode.ts';
import type { ImageSize } from '../pixels/image-size.ts';
import type { SkippedImage } from '../sources/bad-images.ts';
import type { ImageSource } from '../sources/image-source.ts';

/** Decoded images of one size, wherever they are. */
export interface Images {
  readonly count: number;
  readonly height: number;
  readonly width: number;
  /** uint8 [count, height, width, 3] where all of them are in memory. */
  readonly data: Uint8Array | undefined;
  /**
   * Rows, copied: uint8 [rows.length, height, width, 3].
   *
   * @throws UserError where a file no longer holds what was written.
   */
  gather(rows: ArrayLike<number>): Promise<Uint8Array>;
}

/** Rows of images in memory, copied: uint8 [indices.length, height, width, 3]. */
export function gatherImages(
  images: Pick<Images, 'height' | 'width'> & { readonly data: Uint8Array },
  indices: ArrayLike<number>,
): Uint8Array {
  const stride = images.height * images.width * 3;
  const out = new Uint8Array(indices.length * stride);
  for (let row = 0; row < indices.length; row++) {
    const start = (indices[row] as number) * stride;
    out.set(images.data.subarray(start, start + stride), row * stride);
  }
  return out;
}

/** A whole source without its bad images, ready to be taken row by row. */
export interface LoadedImages {
  readonly images: Images;
  /** Class index of each row. */
  readonly labels: Int32Array | undefined;
  /** Which image of the source each row is. */
  readonly indices: Int32Array;
  readonly skipped: readonly SkippedImage[];
  /** How they are held, for people. */
  readonly storage: string;
  close(): Promise<void>;
}

/** Which images of a source are rows: all but the bad ones. */
function goodIndices(source: ImageSource, skipped: readonly SkippedImage[]): Int32Array {
  const gaps = new Set(skipped.map(({ index }) => index));
  return Int32Array.from(Array.from({ length: source.count }, (_, index) => index).filter((index) => !gaps.has(index)));
}

/** What is known of the images of a source once they are loaded, wherever they are. */
export interface LoadedSource {
  readonly source: ImageSource;
  readonly size: ImageSize;
  readonly skipped: readonly SkippedImage[];
  readonly storage: string;
}

function loadedOf(
  { source, skipped, storage }: LoadedSource,
  indices: Int32Array,
  images: Images,
  close: () => Promise<void> = async () => {},
): LoadedImages {
  const labels = source.labels && indices.map((index) => source.labels?.[index] as number);
  return { images, labels, indices, skipped, storage, close };
}

/** Closes the gaps that bad images left; the pixels stay in the same memory. */
export function inMemory(loaded: LoadedSource, pixels: Uint8Array): LoadedImages {
  const { size } = loaded;
  const indices = goodIndices(loaded.source, loaded.skipped);
  const stride = size.height * size.width * 3;
  if (loaded.skipped.length > 0) {
    for (const [row, index] of indices.entries()) pixels.copyWithin(row * stride, index * stride, (index + 1) * stride);
  }
  const data = pixels.subarray(0, indices.length * stride);
  const gather = async (wanted: ArrayLike<number>): Promise<Uint8Array> => gatherImages({ data, ...size }, wanted);
  return loadedOf(loaded, indices, { ...size, count: indices.length, data, gather });
}

/**
 * Rows that are read from a file of the cache each time. The system keeps what was read in memory as long as there is
 * room, so that this is as fast as mapping the file; but a mapping whose file is cut short kills the process.
 */
export function inFile(loaded: LoadedSource, file: PixelFile, entry: CacheEntry): LoadedImages {
  const { height, width } = loaded.size;
  const indices = goodIndices(loaded.source, loaded.skipped);
  const gather = async (wanted: ArrayLike<number>): Promise<Uint8Array> => {
    const out = new Uint8Array(wanted.length * height * width * 3);
    try {
      await file.read(
        Array.from(wanted, (row) => indices[row] as number),
        out,
      );
    } catch (error) {
      if (!(error instanceof DamagedPixels)) throw error;
      await entry.discard({ path: file.path, problem: error.message });
      throw new UserError(
        `expected the cache file of the images as it was written, but ${file.path} ${error.message}`,
        {
          hint: 'Start again (cl-train --resume goes on with the run): the file is made anew.',
          cause: error,
        },
      );
    }
    return out;
  };
  return loadedOf(loaded, indices, { height, width, count: indices.length, data: undefined, gather }, file.close);
}

/** Rows of raw pixels that are read where they are each time. */
export function inPlace(loaded: LoadedSource, concurrency: number): LoadedImages {
  const { source, size } = loaded;
  const stride = size.height * size.width * 3;
  const limit = pLimit(concurrency);
  const gather = async (wanted: ArrayLike<number>): Promise<Uint8Array> => {
    const out = new Uint8Array(wanted.length * stride);
    await limit.map(Array.from(wanted), async (index, row) => {
      out.set((await decodeRgb(await source.read(index))).data, row * stride);
    });
    return out;
  };
  return loadedOf(loaded, goodIndices(source, []), { ...size, count: source.count, data: undefined, gather });
}
