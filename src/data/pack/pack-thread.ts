import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { serveJobs } from '../threads/worker-thread.ts';
import type { PackSettings } from './pack-settings.ts';
import { packSample, type Sample } from './sample.ts';

/** What a thread that packs images knows. */
export type PackThreadData = PackSettings;

// A copy is alone in its memory, so that it can be handed over.
serveJobs(
  parentPort as MessagePort,
  async (sample: Sample) => new Uint8Array(await packSample(sample, workerData as PackThreadData)),
);
