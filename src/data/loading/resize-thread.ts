import { type MessagePort, parentPort } from 'node:worker_threads';
import { type CropTarget, decodeResized } from '../pixels/crops.ts';
import { DecodeProblem } from '../pixels/decode-problem.ts';
import type { StoredImage } from '../pixels/stored-image.ts';
import { serveJobs } from '../threads/worker-thread.ts';

/** Images on their way to a thread, which transforms them for an evaluation. */
export interface ResizeJob extends CropTarget {
  readonly stored: readonly StoredImage[];
}

/** What became of an image: uint8 [size, size, 3], or why it can't be used. */
export type Resized = Uint8Array | { readonly problem: string };

async function resizeOne(stored: StoredImage, { size, interpolation }: CropTarget): Promise<Resized> {
  try {
    return await decodeResized(stored, size, interpolation);
  } catch (error) {
    if (error instanceof DecodeProblem) return { problem: error.message };
    throw error;
  }
}

serveJobs(parentPort as MessagePort, ({ stored, ...target }: ResizeJob) =>
  Promise.all(stored.map((each) => resizeOne(each, target))),
);
