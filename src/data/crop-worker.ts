import { type MessagePort, Worker } from 'node:worker_threads';
import { type CropTarget, decodeCrops } from './decode.ts';
import { DecodeProblem } from './decode-problem.ts';
import type { StoredImage } from './image-source.ts';
import type { Box } from './resample.ts';

/** An image on its way to a worker; `key` says how its crops are drawn. */
interface Job {
  readonly id: number;
  readonly stored: StoredImage;
  readonly key: unknown;
  /** In shared memory, one a target. */
  readonly outputs: readonly Uint8Array[];
}

/** What became of it: nothing but its number where all went well. */
interface Outcome {
  readonly id: number;
  /** Why this one image can't be used. */
  readonly problem?: string;
  readonly error?: unknown;
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
  const answer = async ({ id, stored, key, outputs }: Job): Promise<Outcome> => {
    try {
      await decodeCrops(stored, (height, width) => boxesFor(key as Key, height, width), targets, outputs);
      return { id };
    } catch (error) {
      return error instanceof DecodeProblem ? { id, problem: error.message } : { id, error };
    }
  };
  port.on('message', async (job: Job) => port.postMessage(await answer(job)));
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

/** Bytes alone in their memory: sending a part would copy all of the rest with it. */
function alone(bytes: Uint8Array): Uint8Array {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice();
}

function parcel(stored: StoredImage): StoredImage {
  return stored instanceof Uint8Array ? alone(stored) : { ...stored, data: alone(stored.data) };
}

/** Starts a thread from a compiled file, which calls `serveCrops`; `data` reaches it as its `workerData`. */
export function startCropWorker(file: URL, data: unknown): CropWorker {
  const worker = new Worker(file, { workerData: data });
  const waiting = new Map<number, { resolve(): void; reject(error: unknown): void }>();
  let sent = 0;
  let failure: unknown;
  const fail = (error: unknown): void => {
    failure ??= error;
    for (const { reject } of waiting.values()) reject(failure);
    waiting.clear();
  };
  worker.on('message', ({ id, problem, error }: Outcome) => {
    const job = waiting.get(id);
    waiting.delete(id);
    if (problem !== undefined) job?.reject(new DecodeProblem(problem));
    else if (error !== undefined) job?.reject(error);
    else job?.resolve();
  });
  worker.on('error', fail);
  worker.on('exit', () => fail(new Error('The thread that decodes images has ended.')));
  return {
    pending: () => waiting.size,
    crop: (stored, key, outputs) =>
      new Promise((resolve, reject) => {
        if (failure !== undefined) {
          reject(failure);
          return;
        }
        const job: Job = { id: sent++, stored: parcel(stored), key, outputs };
        waiting.set(job.id, { resolve, reject });
        worker.postMessage(job);
      }),
    async close() {
      await worker.terminate();
    },
  };
}
