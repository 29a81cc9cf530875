import { type MessagePort, parentPort } from 'node:worker_threads';
import type { StoredImage } from '../image-source.ts';
import { serveJobs, type WorkerThread } from '../loading/worker-thread.ts';
import { type ImageFacts, readFacts } from './image-facts.ts';

/** A thread that decodes images and says what they are. */
export type FactsThread = WorkerThread<StoredImage, ImageFacts>;

serveJobs(parentPort as MessagePort, readFacts);
