import pLimit from 'p-limit';
import type { ImageSource } from '../sources/image-source.ts';
import { createThreadPool } from '../threads/thread-pool.ts';
import { parcel } from '../threads/worker-thread.ts';
import type { PackSettings } from './pack-settings.ts';
import type { PackThreadData } from './pack-thread.ts';
import type { Sample } from './sample.ts';

const THREAD = new URL('../../../dist/data/pack/pack-thread.js', import.meta.url);

/** Threads that resize and encode images. */
export interface Packers {
  /** Images that are in work at the same time. */
  readonly concurrency: number;
  /**
   * An image of a source as the part of a tar archive; its key is its number in the source, at the same width for all.
   *
   * @throws DecodeProblem for an image that can't be used; the signal's reason when it is no longer wanted.
   */
  pack(source: ImageSource, index: number, signal?: AbortSignal): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** Threads for so many images at a time; they start with the first. */
export function createPackers(workers: number, settings: PackSettings): Packers {
  const data: PackThreadData = settings;
  const threads = createThreadPool<Sample, Uint8Array>(THREAD, data, workers);
  const { concurrency } = threads;
  const limit = pLimit(concurrency);
  return {
    concurrency,
    pack: (source, index, signal) =>
      limit(async () => {
        signal?.throwIfAborted();
        const stored = parcel(await source.read(index));
        const label = source.labels?.[index];
        // Without a label there is no class in the JSON either.
        const about = { name: source.name(index), class: label === undefined ? undefined : source.classes[label] };
        return threads.call({
          stored,
          key: String(index).padStart(Math.max(6, String(source.count - 1).length), '0'),
          label,
          about: settings.hasNames ? JSON.stringify(about) : undefined,
        });
      }),
    close: threads.close,
  };
}
