import { Worker } from 'node:worker_threads';
import type { HostTensor } from './host-tensor.ts';

/** A graph model's folder, and what it is fed with. */
export interface TfjsJob {
  readonly folder: string;
  readonly input: HostTensor;
}

/** What became of it. */
export interface TfjsOutcome {
  readonly outputs?: Readonly<Record<string, HostTensor>> | undefined;
  readonly problem?: string | undefined;
}

const THREAD = new URL('../../dist/runtime/tfjs-thread.js', import.meta.url);

/**
 * Runs a graph model of TensorFlow.js by TensorFlow.js itself, on its CPU backend in a thread; slow: about a second for
 * a GFLOP. Outputs come by their names in the model's signature.
 *
 * Throws an Error with TensorFlow.js' message when it can't be loaded or run, and the signal's reason.
 */
export async function runTfjsModel(job: TfjsJob, signal?: AbortSignal): Promise<Readonly<Record<string, HostTensor>>> {
  signal?.throwIfAborted();
  // Its advice to install a faster backend is not for the user's eyes.
  const worker = new Worker(THREAD, { workerData: job, stdout: true, stderr: true });
  let stop = (): void => {};
  try {
    const { outputs, problem } = await new Promise<TfjsOutcome>((resolve, reject) => {
      stop = () => reject(signal?.reason);
      signal?.addEventListener('abort', stop);
      worker.on('message', resolve);
      worker.on('error', reject);
      worker.on('exit', () => reject(new Error('The thread of TensorFlow.js has ended.')));
    });
    if (outputs === undefined) throw new Error(problem ?? 'TensorFlow.js gave no outputs.');
    return outputs;
  } finally {
    signal?.removeEventListener('abort', stop);
    await worker.terminate();
  }
}
