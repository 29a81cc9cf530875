import { availableParallelism } from 'node:os';
import type { DataConfig } from '../../config/run-config.ts';
import { imageCacheFolder } from '../../data/cache/cache-files.ts';
import type { ImageCache } from '../../data/cache/image-cache.ts';

/** How images are decoded. */
export interface Decoding {
  /** Images decoded at the same time. */
  readonly workers: number;
  /** Share of bad images above which loading fails. */
  readonly maxBadShare: number;
}

/** The decoding that settings ask for. */
export function decodingOf({ workers, maxBadShare }: Pick<DataConfig, 'workers' | 'maxBadShare'>): Decoding {
  return { workers: workers === 'auto' ? availableParallelism() : workers, maxBadShare };
}

/** Seconds of decoding from which pixels in memory are kept for the next run. */
const WORTH_SECONDS = 3;

/**
 * Pixels up to which decoding is what costs; larger images would fill the disk, and are cropped before they are sent.
 */
const LARGEST_SMALL_IMAGE = 128 * 128;

/** The cache of decoded images that settings ask for; undefined where it is off. */
export function imageCacheOf(
  { cache, cacheBudget }: Pick<DataConfig, 'cache' | 'cacheBudget'>,
  onNote: (note: string) => void,
): ImageCache | undefined {
  if (cache === 'off') return undefined;
  const isAuto = cache === 'auto';
  return {
    folder: imageCacheFolder(),
    limitBytes: cacheBudget,
    worthSeconds: isAuto ? WORTH_SECONDS : 0,
    largestImage: isAuto ? LARGEST_SMALL_IMAGE : Number.POSITIVE_INFINITY,
    onNote,
    inUse: new Set(),
  };
}
