import type { ResolvedRun } from '../assembly/resolve-run.ts';
import { createTrainingBatches } from '../training/training-batches.ts';
import type { BatchInputs } from '../views/view-loader.ts';
import type { Timed } from './image-bench.ts';

/** Batches of epoch after epoch. */
export async function* endlessBatches(run: ResolvedRun, signal: AbortSignal) {
  const training = createTrainingBatches(run, { onBad: () => {}, signal });
  try {
    for (let epoch = 0; !signal.aborted; epoch++) {
      for await (const { inputs } of training.batches(epoch, 0)) yield* inputs;
    }
  } finally {
    await training.close();
  }
}

/** Images per second of a run of batches, each used by `use`; the first `warmUp` of them don't count. */
export async function batchRate(
  run: ResolvedRun,
  { seconds, signal }: Timed,
  use: (inputs: BatchInputs, batch: number) => Promise<unknown>,
  // What is loaded ahead of the clock's start must not count.
  warmUp = 4,
): Promise<number> {
  let [batches, begun, ended] = [0, 0, 0];
  for await (const inputs of endlessBatches(run, signal)) {
    await use(inputs, batches);
    ended = performance.now();
    if (++batches === warmUp) begun = ended;
    if (batches > warmUp && ended - begun >= seconds * 1000) break;
  }
  signal.throwIfAborted();
  return ((batches - warmUp) * run.batchSize * 1000) / (ended - begun);
}
