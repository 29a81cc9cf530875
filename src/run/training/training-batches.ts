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

/** Who hears of batches, and when there are no more. */
export interface BatchOptions {
  readonly onBad: (skipped: SkippedImage) => void;
  readonly stage?: StageInputs | undefined;
  readonly signal: AbortSignal;
}

/** Keeps the streams of a method's own inputs apart from those of single samples. */
const METHOD_STREAM = 0xffff_fffe;

/** What a method draws for a batch, from the seed, the epoch and the batch's place in it alone. */
function drawMethodInputs(inputs: Readonly<Record<string, MethodInput>>, seed: number, { epoch, step }: BatchOrder) {
  const random = randomStream(seed, epoch, step, METHOD_STREAM);
  return Object.fromEntries(Object.entries(inputs).map(([name, { draw }]) => [name, draw(random)]));
}

/** Hands what it can of a batch to the device, and gives back the rest. */
export type StageInputs = (inputs: BatchInputs) => Promise<BatchInputs>;

/** Batches that are handed over in the order in which they were asked for, whichever is loaded first. */
function stagedInOrder(load: LoadInputs, stage: StageInputs, recycle: (inputs: BatchInputs) => void): LoadInputs {
  let last: Promise<unknown> = Promise.resolve();
  return (order, stop) => {
    const [before, loading] = [last, load(order, stop)];
    const staged = loading.then(async (inputs) => {
      await before;
      const rest = await stage(inputs);
      recycle(inputs);
      return rest;
    });
    last = staged.catch(() => {});
    return staged;
  };
}

/**
 * Creates the batches of a run; `onBad` hears of each image that turns out to be bad.
 *
 * @param stage hands batches to the device as soon as they are loaded, where the device gains by it.
 */
export function createTrainingBatches(
  run: Pick<ResolvedRun, 'seed' | 'images' | 'views' | 'decoding' | 'step' | 'batchSize'>,
  { onBad, stage, signal }: BatchOptions,
): TrainingBatches {
  const { seed, images, step, batchSize } = run;
  const loader = createViewLoader({ ...run, images: images.train }, onBad);
  const batchesPerStep = step.batches ?? 1;
  const sampler = createSampler({ count: trainingCount(images), batchSize, batchesPerStep, seed });
  const methodInputs = step.method.inputs?.(batchSize) ?? {};
  const loadWhole: LoadInputs = async (order, stop) => ({
    ...(await loader.load(order, stop)),
    ...drawMethodInputs(methodInputs, seed, order),
  });
  const load = stage === undefined ? loadWhole : stagedInOrder(loadWhole, stage, loader.recycle);
  // What was handed over is no longer held.
  const recycle = stage === undefined ? loader.recycle : () => {};
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
        inputs.forEach(recycle);
        inputs = [];
        waited = 0;
      }
    },
    skipped: loader.skipped,
    close: loader.close,
  };
}
