import type pLimit from 'p-limit';
import type { SkippedImage } from '../sources/bad-images.ts';
import type { ImageSource } from '../sources/image-source.ts';

/** Images that are decoded anew whenever they are needed. */
export interface StreamOptions {
  readonly source: ImageSource;
  /** Images decoded at once over all batches (default 8); keep it below the size of libuv's thread pool. */
  readonly concurrency?: number | undefined;
  /** Share of bad images from which loading fails (default 0.05). */
  readonly maxBadShare?: number | undefined;
  /** Called once for each bad image. */
  readonly onBad?: ((skipped: SkippedImage) => void) | undefined;
}

/**
 * Runs a task for each row of a batch within the limit; after the first failure or an abort the rest are not begun.
 *
 * @throws the first failure, or the signal's reason.
 */
export async function forEachRow(
  limit: ReturnType<typeof pLimit>,
  count: number,
  signal: AbortSignal | undefined,
  task: (row: number) => Promise<void>,
): Promise<void> {
  const failures: unknown[] = [];
  const one = async (row: number): Promise<void> => {
    if (failures.length > 0) return;
    try {
      signal?.throwIfAborted();
      await task(row);
    } catch (error) {
      failures.push(error);
    }
  };
  await Promise.all(Array.from({ length: count }, (_, row) => limit(() => one(row))));
  if (failures.length > 0) throw failures[0];
}
