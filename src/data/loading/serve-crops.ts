import type { MessagePort } from 'node:worker_threads';
import { type CropTarget, decodeCrops } from '../pixels/crops.ts';
import type { Box } from '../pixels/resample.ts';
import type { StoredImage } from '../pixels/stored-image.ts';
import { serveJobs } from '../threads/worker-thread.ts';

/** An image on its way to a worker; `key` says how its crops are drawn. */
export interface CropJob<Key> {
  readonly stored: StoredImage;
  readonly key: Key;
  /** In shared memory, one a target. */
  readonly outputs: readonly Uint8Array[];
}

/**
 * Serves a worker thread: decodes the images that arrive and writes their crops into the memory that comes with them.
 *
 * @param boxesFor the crop boxes of an image of that height and width, one a target.
 */
export function serveCrops<Key>(
  port: MessagePort,
  targets: readonly CropTarget[],
  boxesFor: (key: Key, height: number, width: number) => readonly Box[],
): void {
  serveJobs(port, async ({ stored, key, outputs }: CropJob<Key>) => {
    await decodeCrops(stored, (height, width) => boxesFor(key, height, width), targets, outputs);
  });
}
