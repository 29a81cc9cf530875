import { type MessagePort, Worker } from 'node:worker_threads';
import { DecodeProblem } from '../pixels/decode-problem.ts';
import type { StoredImage } from '../pixels/stored-image.ts';

interface Numbered<Job> {
  readonly id: number;
  readonly job: Job;
}

/** What became of a job. */
interface Outcome<Result> {
  readonly id: number;
  readonly result?: Result | undefined;
  /** Why this one image can't be used. */
  readonly problem?: string | undefined;
  readonly error?: unknown;
}

/** Whether bytes are alone in their memory: sending a part would copy or take all of the rest with it. */
const isAlone = (bytes: Uint8Array): boolean => bytes.byteLength === bytes.buffer.byteLength;

const alone = (bytes: Uint8Array): Uint8Array => (isAlone(bytes) ? bytes : new Uint8Array(bytes));

/** An image as it is best sent to a thread. */
export function parcel(stored: StoredImage): StoredImage {
  return stored instanceof Uint8Array ? alone(stored) : { ...stored, data: alone(stored.data) };
}

/**
 * Serves a worker thread: answers the jobs that arrive, several at a time. Bytes that are answered are handed over, not
 * copied.
 */
export function serveJobs<Job, Result>(port: MessagePort, work: (job: Job) => Promise<Result>): void {
  const answer = async ({ id, job }: Numbered<Job>): Promise<Outcome<Result>> => {
    try {
      return { id, result: await work(job) };
    } catch (error) {
      return error instanceof DecodeProblem ? { id, problem: error.message } : { id, error };
    }
  };
  port.on('message', async (message: Numbered<Job>) => {
    const outcome = await answer(message);
    const { result } = outcome;
    const isMoved = result instanceof Uint8Array && isAlone(result) && result.buffer instanceof ArrayBuffer;
    port.postMessage(outcome, isMoved ? [result.buffer as ArrayBuffer] : []);
  });
}

/** A thread that works on images. */
export interface WorkerThread<Job, Result> {
  /** Jobs sent that have not come back. */
  pending(): number;
  /** @throws DecodeProblem where the image can't be used; Error where the thread ended. */
  call(job: Job): Promise<Result>;
  close(): Promise<void>;
}

/** Starts a thread from a compiled file, which calls `serveJobs`; `data` reaches it as its `workerData`. */
export function startThread<Job, Result>(file: URL, data: unknown): WorkerThread<Job, Result> {
  const worker = new Worker(file, { workerData: data });
  const waiting = new Map<number, { resolve(result: Result): void; reject(error: unknown): void }>();
  let sent = 0;
  let failure: unknown;
  const fail = (error: unknown): void => {
    failure ??= error;
    for (const { reject } of waiting.values()) reject(failure);
    waiting.clear();
  };
  worker.on('message', ({ id, result, problem, error }: Outcome<Result>) => {
    const job = waiting.get(id);
    waiting.delete(id);
    if (problem !== undefined) job?.reject(new DecodeProblem(problem));
    else if (error !== undefined) job?.reject(error);
    else job?.resolve(result as Result);
  });
  worker.on('error', fail);
  worker.on('exit', () => fail(new Error('The thread that decodes images has ended.')));
  return {
    pending: () => waiting.size,
    call: (job) =>
      new Promise((resolve, reject) => {
        if (failure !== undefined) {
          reject(failure);
          return;
        }
        const message: Numbered<Job> = { id: sent++, job };
        waiting.set(message.id, { resolve, reject });
        worker.postMessage(message);
      }),
    async close() {
      await worker.terminate();
    },
  };
}
