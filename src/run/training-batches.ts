import { setImmediate } from 'node:timers/promises';
import { drawView } from '../augment/draw.ts';
import { packViews } from '../augment/pack.ts';
import type { ViewPlan } from '../augment/plan.ts';
import type { ViewSettings } from '../augment/settings.ts';
import type { RunConfig } from '../config/run-config.ts';
import { viewSettings } from '../config/views.ts';
import type { SkippedImage } from '../data/bad-images.ts';
import { createCropLoader, gatherImages } from '../data/batches.ts';
import type { LoadedImages } from '../data/in-memory.ts';
import { loadBatches } from '../data/loader.ts';
import { type BatchOrder, createSampler } from '../data/sampler.ts';
import type { MethodInput } from '../methods/method.ts';
import { type HostTensor, uint8 } from '../runtime/host-tensor.ts';
import type { LoadedBatch } from '../train/loop.ts';
import { randomStream } from '../util/rng.ts';
import { buildModel } from './build.ts';
import { decodeWorkers, type RunImages, trainingCount, trainingLayout } from './images.ts';
import { trainingPlan } from './training-program.ts';

/** The inputs of a batch: images, draws and the method's own. */
export type BatchInputs = Readonly<Record<string, HostTensor>>;
/** The batches of one step. */
export type StepInputs = readonly BatchInputs[];

/** The batches of a run: the same for a seed whatever the number of workers, and from any step on. */
export interface TrainingBatches {
  /** The steps of an epoch (from 0) after the first `skip`; an incomplete last one is left out. */
  batches(epoch: number, skip: number): AsyncIterable<LoadedBatch<StepInputs>>;
  /** Images that were found to be bad while streaming. */
  skipped(): readonly SkippedImage[];
}

type LoadInputs = (order: BatchOrder, signal: AbortSignal) => Promise<BatchInputs>;

/** Everything that loading a batch needs to know about views. */
interface Views {
  readonly settings: readonly [ViewSettings, ViewSettings];
  readonly plan: ViewPlan;
  readonly seed: number;
}

/** All first views, then all second views; every draw depends on (seed, epoch, sample, view) alone. */
function drawAll<T>(
  { settings, seed }: Views,
  epoch: number,
  samples: ArrayLike<number>,
  draw: (settings: ViewSettings, row: number, random: ReturnType<typeof randomStream>) => T,
): T[] {
  return settings.flatMap((view, v) =>
    Array.from({ length: samples.length }, (_, row) =>
      draw(view, row, randomStream(seed, epoch, samples[row] as number, v)),
    ),
  );
}

function memoryLoader(loaded: LoadedImages, views: Views): LoadInputs {
  const { images, indices } = loaded;
  return async ({ epoch, indices: rows }) => {
    // Drawing and gathering happen while the device works on the step before.
    await setImmediate();
    const samples = rows.map((row) => indices[row] as number);
    const draws = drawAll(views, epoch, samples, (settings, _, random) =>
      drawView(settings, images.height, images.width, random),
    );
    const pixels = uint8(gatherImages(images, rows), [rows.length, images.height, images.width, 3]);
    return { images: pixels, ...packViews(draws, views.plan) };
  };
}

/** Keeps the streams of a method's own inputs apart from those of single samples. */
const METHOD_STREAM = 0xffff_fffe;

/** What a method draws for a batch, from the seed, the epoch and the batch's place in it alone. */
function drawMethodInputs(inputs: Readonly<Record<string, MethodInput>>, seed: number, { epoch, step }: BatchOrder) {
  const random = randomStream(seed, epoch, step, METHOD_STREAM);
  return Object.fromEntries(Object.entries(inputs).map(([name, { draw }]) => [name, draw(random)]));
}

/** Crops are drawn when the size of an image is known, which decoding tells. */
function streamLoader(loader: ReturnType<typeof createCropLoader>, views: Views): LoadInputs {
  const { settings, plan, seed } = views;
  return async ({ epoch, indices }, signal) => {
    const cropsOf = (sample: number, height: number, width: number) =>
      settings.map((view, v) => drawView(view, height, width, randomStream(seed, epoch, sample, v)).crop);
    const { crops } = await loader.load(indices, cropsOf, signal);
    // The size does not matter to what is drawn besides the crop.
    const draws = drawAll(views, epoch, indices, (view, _, random) => drawView(view, 1, 1, random));
    const shape = [settings.length * indices.length, plan.size, plan.size, 3];
    return { images: uint8(crops, shape), ...packViews(draws, plan) };
  };
}

/** Creates the batches of a run; `onBad` hears of each image that turns out to be bad. */
export function createTrainingBatches(
  config: RunConfig,
  images: RunImages,
  onBad: (skipped: SkippedImage) => void,
  signal: AbortSignal,
): TrainingBatches {
  const settings = viewSettings(config.views);
  const views: Views = { settings, plan: trainingPlan(config, trainingLayout(images)), seed: config.seed };
  const sampler = createSampler({
    count: trainingCount(images),
    batchSize: config.schedule.batchSize,
    seed: config.seed,
  });
  const { source, loaded } = images.train;
  const crops = loaded
    ? undefined
    : createCropLoader({
        source,
        size: config.views.size,
        interpolation: settings[0].crop.interpolation,
        views: settings.length,
        concurrency: decodeWorkers(config),
        maxBadShare: config.data.maxBadShare,
        onBad,
      });
  const load = loaded ? memoryLoader(loaded, views) : streamLoader(crops as NonNullable<typeof crops>, views);
  const { accumulate } = config.schedule;
  const methodInputs = buildModel(config).method.inputs?.(config.schedule.batchSize) ?? {};
  return {
    async *batches(epoch, skip) {
      let inputs: BatchInputs[] = [];
      let waited = 0;
      const orders = sampler.batchesOf(epoch, skip * accumulate);
      for await (const { order, batch, waitedMs } of loadBatches({ orders, load, signal })) {
        inputs.push({ ...batch, ...drawMethodInputs(methodInputs, config.seed, order) });
        waited += waitedMs;
        if (inputs.length < accumulate) continue;
        yield { inputs, waitedMs: waited };
        inputs = [];
        waited = 0;
      }
    },
    skipped: () => crops?.skipped() ?? [],
  };
}
