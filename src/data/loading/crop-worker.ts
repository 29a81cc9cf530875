import type { MessagePort } from 'node:worker_threads';
import type { StoredImage } from '../image-source.ts';
import { type CropTarget, decodeCrops } from '../pixels/crops.ts';
import type { Box } from '../pixels/resample.ts';
import { parcel, serveJobs, startThread } from './worker-thread.ts';

/** An image on its way to a worker; `key` says how its crops are drawn. */
interface Job<Key> {
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
  serveJobs(port, async ({ stored, key, outputs }: Job<Key>) => {
    await decodeCrops(stored, (height, width) => boxesFor(key, height, width), targets, outputs);
  });
}

/** A thread that decodes images and makes their crops. */
export interface CropWorker {
  /** Images sent that have not come back. */
  pending(): number;
  /**
   * Writes the crops of an image into shared memory, one output a target.
   *
   * @throws DecodeProblem where the image can't be used; Error where the thread ended.
   */
  crop(stored: StoredImage, key: unknown, outputs: readonly Uint8Array[]): Promise<void>;
  close(): Promise<void>;
}

/** Starts a thread from a compiled file, which calls `serveCrops`; `data` reaches it as its `workerData`. */
export function startCropWorker(file: URL, data: unknown): CropWorker {
  const { pending, call, close } = startThread<Job<unknown>, void>(file, data);
  return {
    pending,
    crop: (stored, key, outputs) => call({ stored: parcel(stored), key, outputs }),
    close,
  };
}
