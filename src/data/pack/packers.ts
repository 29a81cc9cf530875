import pLimit from 'p-limit';
import type { ImageTable } from '../image-source.ts';
import { parcel, startThread, type WorkerThread } from '../loading/worker-thread.ts';
import type { PackThreadData } from './pack-thread.ts';
import type { Sample } from './sample.ts';
import type { PackSettings } from './settings.ts';

/** Decoding and encoding, on libuv's threads, take at least this many times as long as resizing, on these. */
const CODES_PER_THREAD = 3;

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
  pack(source: ImageTable, index: number, signal?: AbortSignal): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** Threads for so many images at a time; they start with the first. */
export function createPackers(workers: number, settings: PackSettings): Packers {
  const count = Math.ceil(workers / CODES_PER_THREAD);
  const data: PackThreadData = settings;
  const start = () => Array.from({ length: count }, () => startThread<Sample, Uint8Array>(THREAD, data));
  let threads: readonly WorkerThread<Sample, Uint8Array>[] = [];
  // While one image of a thread is resized, others are decoded for it.
  const concurrency = workers + count;
  const limit = pLimit(concurrency);
  const idlest = (): WorkerThread<Sample, Uint8Array> => {
    if (threads.length === 0) threads = start();
    return threads.reduce((a, b) => (b.pending() < a.pending() ? b : a));
  };
  return {
    concurrency,
    pack: (source, index, signal) =>
      limit(async () => {
        signal?.throwIfAborted();
        const stored = parcel(await source.read(index));
        const label = source.labels?.[index];
        const about = { name: source.name(index), ...(label !== undefined && { class: source.classes[label] }) };
        return idlest().call({
          stored,
          key: String(index).padStart(Math.max(6, String(source.count - 1).length), '0'),
          label,
          about: settings.hasNames ? JSON.stringify(about) : undefined,
        });
      }),
    async close() {
      const ending = threads;
      threads = [];
      await Promise.all(ending.map((thread) => thread.close()));
    },
  };
}
