import { type MessagePort, parentPort } from 'node:worker_threads';
import { type CropTarget, decodeResized } from '../pixels/crops.ts';
import type { StoredImage } from '../pixels/stored-image.ts';
import { serveJobs } from '../threads/worker-thread.ts';

/** An image on its way to a thread, which transforms it for an evaluation. */
export interface ResizeJob extends CropTarget {
  readonly stored: StoredImage;
}

serveJobs(parentPort as MessagePort, ({ stored, size, interpolation }: ResizeJob) =>
  decodeResized(stored, size, interpolation),
);
