import { type BatchOrder, createSampler } from '../../data/loading/sampler.ts';
import type { SkippedImage } from '../../data/sources/bad-images.ts';
import type { MethodInput } from '../../methods/method.ts';
import type { LoadedStep } from '../../train/loop.ts';
import { loadAhead } from '../../util/load-ahead.ts';
import { randomStream } from '../../util/rng.ts';
import type { ResolvedRun } from '../assembly/resolve-run.ts';
import { trainingCount } from '../images/run-images.ts';
import { type BatchInputs, createViewLoader, type LoadInputs } from '../views/view-loader.ts';

/** The batches of one step. */
export type StepInputs = readonly BatchInputs[];

/** The batches of a run: the same for a seed whatever the number of workers, and from any step on. */
export interface TrainingBatches {
  /**
   * The steps of an epoch (from 0) after the first `skip`; an incomplete last one is left out. What a step holds may be
   * overwritten once the next one is asked for.
   */
  batches(epoch: number, skip: number): AsyncIterable<LoadedStep<StepInputs>>;
  /** Images that were found to be bad while streaming. */
  skipped(): readonly SkippedImage[];
  /** Ends the threads that decode. */
  close(): Promise<void>;
}

/** Keeps the streams of a method's own inputs apart from those of single samples. */
const METHOD_STREAM = 0xffff_fffe;

/** What a method draws for a batch, from the seed, the epoch and the batch's place in it alone. */
function drawMethodInputs(inputs: Readonly<Record<string, MethodInput>>, seed: number, { epoch, step }: BatchOrder) {
  const random = randomStream(seed, epoch, step, METHOD_STREAM);
  return Object.fromEntries(Object.entries(inputs).map(([name, { draw }]) => [name, draw(random)]));
}

/** Creates the batches of a run; `onBad` hears of each image that turns out to be bad. */
export function createTrainingBatches(
  run: Pick<ResolvedRun, 'seed' | 'images' | 'views' | 'decoding' | 'step' | 'batchSize'>,
  onBad: (skipped: SkippedImage) => void,
  signal: AbortSignal,
): TrainingBatches {
  const { seed, images, step, batchSize } = run;
  const loader = createViewLoader({ ...run, images: images.train }, onBad);
  const batchesPerStep = step.batches ?? 1;
  const sampler = createSampler({ count: trainingCount(images), batchSize, batchesPerStep, seed });
  const methodInputs = step.method.inputs?.(batchSize) ?? {};
  const load: LoadInputs = async (order, stop) => ({
    ...(await loader.load(order, stop)),
    ...drawMethodInputs(methodInputs, seed, order),
  });
  return {
    async *batches(epoch, skip) {
      let inputs: BatchInputs[] = [];
      let waited = 0;
      const orders = sampler.batchesOf(epoch, skip * batchesPerStep);
      for await (const { result: batch, waitedMs } of loadAhead({ orders, load, signal })) {
        inputs.push(batch);
        waited += waitedMs;
        if (inputs.length < batchesPerStep) continue;
        yield { inputs, waitedMs: waited };
        inputs.forEach(loader.recycle);
        inputs = [];
        waited = 0;
      }
    },
    skipped: loader.skipped,
    close: loader.close,
  };
}
