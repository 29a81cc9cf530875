import pLimit from 'p-limit';
import { type SkippedImage, trackBadImages } from './bad-images.ts';
import { decodeRgb, readSize } from './decode.ts';
import { DecodeProblem } from './decode-problem.ts';
import type { ImageSource } from './image-source.ts';

/** Decoded images of one size: uint8 [count, height, width, 3]. */
export interface Images {
  readonly data: Uint8Array;
  readonly count: number;
  readonly height: number;
  readonly width: number;
}

/** A whole source in memory, without its bad images. */
export interface LoadedImages {
  readonly images: Images;
  /** Class index of each image in memory. */
  readonly labels: Int32Array | undefined;
  /** Which image of the source each image in memory is. */
  readonly indices: Int32Array;
  readonly skipped: readonly SkippedImage[];
}

export interface LoadOptions {
  /** Largest size of the decoded pixels in bytes. */
  readonly budgetBytes: number;
  /** Images decoded at once (default 8). */
  readonly concurrency?: number | undefined;
  /** Share of bad images from which loading fails (default 0.05; one bad image never fails it alone). */
  readonly maxBadShare?: number | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** Says why the images don't come into memory. */
  readonly onDeclined?: ((reason: string) => void) | undefined;
}

/** Headers read before memory is taken, spread evenly over the source. */
const PROBES = 64;

type Size = { readonly height: number; readonly width: number };

async function readSizes(source: ImageSource): Promise<Size[]> {
  const probes = Math.min(PROBES, source.count);
  const indices = Array.from({ length: probes }, (_, i) => Math.floor((i * source.count) / probes));
  const sizes = await Promise.all(
    indices.map(async (index) => {
      try {
        return [await readSize(await source.read(index))];
      } catch (error) {
        if (error instanceof DecodeProblem) return [];
        throw error;
      }
    }),
  );
  return sizes.flat();
}

function allocate(bytes: number): Uint8Array | undefined {
  try {
    return new Uint8Array(bytes);
  } catch {
    return undefined;
  }
}

const describeSize = ({ height, width }: Size): string => `${width} x ${height}`;

/**
 * Decodes a whole source into memory, or returns undefined where it doesn't fit: its images vary in size, or take more
 * than the budget. Then the caller streams them.
 *
 * Sizes are taken from the headers of up to 64 images before any memory is, so that most refusals are immediate; an
 * image of another size that turns up later ends the loading. Bad images are left out and listed.
 *
 * @throws UserError when more than `maxBadShare` of the images are bad.
 */
export async function loadImages(source: ImageSource, options: LoadOptions): Promise<LoadedImages | undefined> {
  const decline = (reason: string): undefined => {
    options.onDeclined?.(reason);
    return undefined;
  };
  const sizes = await readSizes(source);
  const size = sizes[0] ?? { height: 1, width: 1 };
  const odd = (other: Size): boolean => other.height !== size.height || other.width !== size.width;
  const different = sizes.find(odd);
  if (different !== undefined) {
    return decline(`images differ in size (${describeSize(size)}, ${describeSize(different)})`);
  }
  const stride = size.height * size.width * 3;
  const bytes = source.count * stride;
  if (bytes > options.budgetBytes) {
    return decline(
      `${Math.ceil(bytes / 2 ** 20)} MiB of pixels exceed ${Math.floor(options.budgetBytes / 2 ** 20)} MiB`,
    );
  }
  const data = allocate(bytes);
  if (data === undefined) return decline(`${Math.ceil(bytes / 2 ** 20)} MiB could not be allocated`);

  const bad = trackBadImages(source, options.maxBadShare);
  const found: { odd?: Size; failure?: unknown } = {};
  let done = 0;
  const limit = pLimit(options.concurrency ?? 8);
  await limit.map(
    Array.from({ length: source.count }, (_, index) => index),
    async (index) => {
      if (found.odd !== undefined || 'failure' in found) return;
      try {
        const image = await decodeRgb(await source.read(index));
        if (odd(image)) found.odd = image;
        else data.set(image.data, index * stride);
      } catch (error) {
        try {
          bad.note(index, error);
        } catch (failure) {
          found.failure ??= failure;
        }
      }
      options.onProgress?.(++done, source.count);
    },
  );
  if ('failure' in found) throw found.failure;
  if (found.odd !== undefined)
    return decline(`images differ in size (${describeSize(size)}, ${describeSize(found.odd)})`);
  return withoutBad(source, data, size, bad.list());
}

/** Closes the gaps that bad images left; the pixels stay in the same memory. */
function withoutBad(source: ImageSource, data: Uint8Array, size: Size, skipped: readonly SkippedImage[]): LoadedImages {
  const gaps = new Set(skipped.map(({ index }) => index));
  const indices = Int32Array.from(
    Array.from({ length: source.count }, (_, index) => index).filter((index) => !gaps.has(index)),
  );
  const stride = size.height * size.width * 3;
  if (gaps.size > 0) {
    for (const [row, index] of indices.entries()) data.copyWithin(row * stride, index * stride, (index + 1) * stride);
  }
  return {
    images: { data: data.subarray(0, indices.length * stride), count: indices.length, ...size },
    labels: source.labels && indices.map((index) => source.labels?.[index] as number),
    indices,
    skipped,
  };
}
