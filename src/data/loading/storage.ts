import { formatBytes } from '../../util/format-bytes.ts';
import { spreadEvenly } from '../../util/spread-evenly.ts';
import { type ImageCache, openCacheEntry } from '../cache/image-cache.ts';
import { pixelFileBytes } from '../cache/pixel-file.ts';
import { readSize } from '../pixels/decode.ts';
import { DecodeProblem } from '../pixels/decode-problem.ts';
import { describeSize, differentSizes, type ImageSize, isSameSize } from '../pixels/image-size.ts';
import type { ImageSource } from '../sources/image-source.ts';

/** How a source's images are held. */
export type Storage =
  | {
      /** All pixels in memory, in a file of the cache, or where they are, undecoded as they need no decoding. */
      readonly kind: 'memory' | 'file' | 'in place';
      readonly size: ImageSize;
      /** Bytes of all pixels. */
      readonly bytes: number;
    }
  | { readonly kind: 'streamed'; readonly reason: string };

/** Headers read before memory is taken, spread evenly over the source. */
const PROBES = 64;

async function readSizes(source: ImageSource, probes = PROBES): Promise<ImageSize[]> {
  if (source.size !== undefined) return [source.size];
  const sizes = await Promise.all(
    Array.from(spreadEvenly(source.count, probes), async (index) => {
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

/** Headers that tell what is typical. */
const TYPICAL_PROBES = 15;

/** The shorter side of a source's typical image in pixels, of a few headers; undefined where none can be read. */
export async function readTypicalSide(source: ImageSource): Promise<number | undefined> {
  return typicalSide(await readSizes(source, TYPICAL_PROBES));
}

function typicalSide(sizes: readonly ImageSize[]): number | undefined {
  const sides = sizes.map(({ height, width }) => Math.min(height, width));
  return sides.sort((a, b) => a - b)[Math.floor(sides.length / 2)];
}

/** Says that pixels are too many for memory. */
export function exceeds(bytes: number, budgetBytes: number): string {
  return `${formatBytes(bytes)} of pixels exceed data.memoryBudget (${formatBytes(budgetBytes)})`;
}

/** Where pixels may be. */
export interface StorageOptions {
  /** Largest size of decoded pixels in memory in bytes. */
  readonly budgetBytes: number;
  readonly cache?: ImageCache | undefined;
}

/**
 * Decides how a source's images are held: in memory where all are of one size and fit the budget, otherwise in a file
 * of the cache; formats of raw pixels are read where they are.
 *
 * Sizes are those of up to 64 images' headers, unless the images are `cached` already.
 */
export async function chooseStorage(
  source: ImageSource,
  options: StorageOptions,
  cached?: ImageSize,
): Promise<Storage> {
  return storageOf(source, options, cached === undefined ? await readSizes(source) : [cached], cached);
}

/** The same of the sizes that were read. */
function storageOf(
  source: ImageSource,
  { budgetBytes, cache }: StorageOptions,
  sizes: readonly ImageSize[],
  cached: ImageSize | undefined,
): Storage {
  const [{ height, width } = { height: 1, width: 1 }, ...others] = sizes;
  const size = { height, width };
  const different = others.find((other) => !isSameSize(other, size));
  if (different !== undefined) return { kind: 'streamed', reason: differentSizes(size, different) };
  const bytes = source.count * height * width * 3;
  if (bytes <= budgetBytes) return { kind: 'memory', size, bytes };
  if (source.size !== undefined) return { kind: 'in place', size, bytes };
  if (cache === undefined) return { kind: 'streamed', reason: `${exceeds(bytes, budgetBytes)} and data.cache is off` };
  if (cached === undefined && height * width > cache.largestImage) {
    const why = `${describeSize(size)} is too large for data.cache: auto (on takes any size)`;
    return { kind: 'streamed', reason: `${exceeds(bytes, budgetBytes)} and ${why}` };
  }
  const fileBytes = pixelFileBytes({ count: source.count, ...size });
  if (cached !== undefined || fileBytes <= cache.limitBytes) return { kind: 'file', size, bytes };
  const reason = `${exceeds(bytes, budgetBytes)} and data.cacheBudget (${formatBytes(cache.limitBytes)})`;
  return { kind: 'streamed', reason };
}

/** Says how images are held; `cached` is their file where it was there before. */
export function describeStorage(
  storage: Storage,
  { budgetBytes, cache }: StorageOptions,
  cached?: { readonly bytes: number },
): string {
  if (storage.kind === 'streamed') return `streamed, because ${storage.reason}`;
  const larger = `larger than data.memoryBudget (${formatBytes(budgetBytes)})`;
  if (storage.kind === 'in place') return `read in place: ${formatBytes(storage.bytes)}, ${larger}`;
  if (storage.kind === 'file') return `in a cache file in ${cache?.folder}: ${formatBytes(storage.bytes)}, ${larger}`;
  return cached === undefined ? 'in memory' : `in memory, read from the cache file (${formatBytes(cached.bytes)})`;
}

/** How images would be held. */
export interface PlannedStorage {
  /** For people. */
  readonly text: string;
  /** Bytes of memory that they take; 0 where they are elsewhere. */
  readonly memoryBytes: number;
  /** The shorter side of the typical image in pixels; undefined where no header can be read. */
  readonly typicalSide: number | undefined;
}

/** Says how a source's images would be held, without decoding any or changing the cache. */
export async function planStorage(source: ImageSource, options: StorageOptions): Promise<PlannedStorage> {
  const isCacheable = options.cache !== undefined && source.size === undefined;
  const cached = isCacheable ? await openCacheEntry(source, options.cache).peek() : undefined;
  const sizes = cached === undefined ? await readSizes(source) : [cached];
  const storage = storageOf(source, options, sizes, cached);
  const text = describeStorage(storage, options, cached);
  return {
    text: storage.kind === 'file' && cached === undefined ? `${text}, not written yet` : text,
    memoryBytes: storage.kind === 'memory' ? storage.bytes : 0,
    typicalSide: typicalSide(sizes),
  };
}
