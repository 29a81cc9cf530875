import { startThread, type WorkerThread } from './worker-thread.ts';

/** Threads that share the work on images. */
export interface ThreadPool<Job, Result> {
  /** Jobs that are best in work at the same time: while a thread works on one image, others are decoded for it. */
  readonly concurrency: number;
  /** @throws DecodeProblem where the image can't be used; Error where the threads ended. */
  call(job: Job): Promise<Result>;
  /** Ends the threads; there is no way back. */
  close(): Promise<void>;
}

/** Decoding, on libuv's threads, takes at least this many times as long as what these threads do. */
const DECODES_PER_THREAD = 3;

/**
 * Threads for so many decodes at the same time, started from a compiled file with the first job.
 *
 * @param data reaches each as its `workerData`.
 */
export function createThreadPool<Job, Result>(file: URL, data: unknown, decodes: number): ThreadPool<Job, Result> {
  const count = Math.ceil(decodes / DECODES_PER_THREAD);
  let threads: readonly WorkerThread<Job, Result>[] = [];
  let isClosed = false;
  return {
    concurrency: decodes + count,
    async call(job) {
      if (isClosed) throw new Error('The threads that decode images have ended.');
      if (threads.length === 0) threads = Array.from({ length: count }, () => startThread<Job, Result>(file, data));
      return threads.reduce((a, b) => (b.pending() < a.pending() ? b : a)).call(job);
    },
    async close() {
      isClosed = true;
      await Promise.all(threads.map((thread) => thread.close()));
    },
  };
}
