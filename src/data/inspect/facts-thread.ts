import { type MessagePort, parentPort } from 'node:worker_threads';
import { serveJobs } from '../threads/worker-thread.ts';
import { readFacts } from './image-facts.ts';

serveJobs(parentPort as MessagePort, readFacts);
