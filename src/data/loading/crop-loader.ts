import pLimit from 'p-limit';
import { UserError } from '../../util/errors.ts';
import type { CropTarget } from '../pixels/crops.ts';
import type { StoredImage } from '../pixels/stored-image.ts';
import { type BadImages, type SkippedImage, trackBadImages } from '../sources/bad-images.ts';
import type { ImageSource } from '../sources/image-source.ts';
import { createThreadPool } from '../threads/thread-pool.ts';
import { parcel } from '../threads/worker-thread.ts';
import type { CropJob } from './serve-crops.ts';
import { createSharedMemory } from './shared-memory.ts';
import { forEachRow, type StreamOptions } from './streaming.ts';

/** Views of one size that each image gives. */
export interface CropGroup extends CropTarget {
  readonly views: number;
}

/** Crops of a batch of images. */
export interface CropBatch {
  /**
   * For each group uint8 [views * n, size, size, 3]: all samples' first views, then all their second views, and so on.
   */
  readonly crops: readonly Uint8Array[];
  /** Which image each sample really is: another than asked for where that one is bad. */
  readonly indices: Uint32Array;
}

/** Loads crops of images from their encoded bytes; used by many batches. */
export interface CropLoader<Key> {
  /**
   * Decodes a batch, each image once.
   *
   * @param keyFor what the worker draws an image's boxes from, for the image that was asked for.
   * @throws UserError when too many images are bad; the signal's reason when it is aborted.
   */
  load(indices: ArrayLike<number>, keyFor: (index: number) => Key, signal?: AbortSignal): Promise<CropBatch>;
  /** Takes back the memory of crops that are no longer needed, for later batches. */
  recycle(crops: readonly Uint8Array[]): void;
  /** The bad images found so far. */
  skipped(): SkippedImage[];
  /** Ends its threads. */
  close(): Promise<void>;
}

/** What crops are made of, and by whom. */
export interface CropOptions extends StreamOptions {
  readonly groups: readonly CropGroup[];
  /** The compiled file of the worker threads, which calls `serveCrops` with `cropTargets(groups)`. */
  readonly worker: URL;
  /** What the worker threads need to know, as their `workerData`. */
  readonly workerData: unknown;
}

/** The target of each view of an image, group after group. */
export function cropTargets(groups: readonly CropGroup[]): CropTarget[] {
  return groups.flatMap(({ views, size, interpolation }) =>
    Array.from({ length: views }, () => ({ size, interpolation })),
  );
}

/** Reads and uses the image at `index`, or the next good one, going round at the end. */
async function withNextGood<Result>(
  source: ImageSource,
  bad: BadImages,
  index: number,
  use: (stored: StoredImage) => Promise<Result>,
): Promise<{ index: number; result: Result }> {
  for (let tried = 0; tried < source.count; tried++) {
    const candidate = (index + tried) % source.count;
    if (bad.has(candidate)) continue;
    try {
      return { index: candidate, result: await use(await source.read(candidate)) };
    } catch (error) {
      bad.note(candidate, error);
    }
  }
  throw new UserError('expected images that can be decoded, got none', {
    hint: 'cl-data inspect FOLDER says of each what is wrong.',
  });
}

/**
 * Creates a loader of crops for images that are too large, or too different in size, to be held in memory.
 *
 * Threads make the crops, so that the calling thread reads files and little else. They start with the first batch.
 */
export function createCropLoader<Key>(options: CropOptions): CropLoader<Key> {
  const { source, groups, concurrency = 8 } = options;
  const threads = createThreadPool<CropJob<Key>, void>(options.worker, options.workerData, concurrency);
  const limit = pLimit(threads.concurrency);
  const bad = trackBadImages(source, options.maxBadShare, options.onBad);
  const memory = createSharedMemory();
  return {
    async load(indices, keyFor, signal) {
      const count = indices.length;
      const batch = groups.map((group) => {
        const bytes = group.size ** 2 * 3;
        const crops = memory.take(group.views * count * bytes);
        const outputs = (row: number): Uint8Array[] =>
          Array.from({ length: group.views }, (_, view) => {
            const start = (view * count + row) * bytes;
            return crops.subarray(start, start + bytes);
          });
        return { crops, outputs };
      });
      const used = new Uint32Array(count);
      await forEachRow(limit, count, signal, async (row) => {
        const wanted = indices[row] as number;
        const outputs = batch.flatMap((group) => group.outputs(row));
        const { index } = await withNextGood(source, bad, wanted, (stored) =>
          threads.call({ stored: parcel(stored), key: keyFor(wanted), outputs }),
        );
        used[row] = index;
      });
      return { crops: batch.map(({ crops }) => crops), indices: used };
    },
    recycle: (crops) => crops.forEach(memory.giveBack),
    skipped: bad.list,
    close: threads.close,
  };
}
