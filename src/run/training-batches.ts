import { setImmediate } from 'node:timers/promises';
import { drawColour, drawView } from '../augment/draw.ts';
import type { RunConfig } from '../config/run-config.ts';
import {
  type CropGroup,
  type CropLoader,
  type CropOptions,
  createCropLoader,
  cropTargets,
} from '../data/loading/crop-loader.ts';
import type { LoadedImages } from '../data/loading/loaded-images.ts';
import { type BatchOrder, createSampler } from '../data/loading/sampler.ts';
import type { SkippedImage } from '../data/sources/bad-images.ts';
import type { MethodInput } from '../methods/method.ts';
import { type HostTensor, uint8 } from '../runtime/host-tensor.ts';
import type { LoadedBatch } from '../train/loop.ts';
import { loadAhead } from '../util/load-ahead.ts';
import { randomStream } from '../util/rng.ts';
import { buildModel } from './build.ts';
import type { CropKey, CropWorkerData } from './crop-worker.ts';
import { drawViews } from './draw-views.ts';
import { decodeWorkers, type RunImages, trainingCount, trainingLayout } from './images.ts';
import { packGroup, type ViewGroup, viewGroups } from './view-groups.ts';

/** The inputs of a batch: images, draws and the method's own. */
export type BatchInputs = Readonly<Record<string, HostTensor>>;
/** The batches of one step. */
export type StepInputs = readonly BatchInputs[];

/** The batches of a run: the same for a seed whatever the number of workers, and from any step on. */
export interface TrainingBatches {
  /**
   * The steps of an epoch (from 0) after the first `skip`; an incomplete last one is left out. What a step holds may be
   * overwritten once the next one is asked for.
   */
  batches(epoch: number, skip: number): AsyncIterable<LoadedBatch<StepInputs>>;
  /** Images that were found to be bad while streaming. */
  skipped(): readonly SkippedImage[];
  /** Ends the threads that decode. */
  close(): Promise<void>;
}

type LoadInputs = (order: BatchOrder, signal: AbortSignal) => Promise<BatchInputs>;

/** Loads images and draws of batches, whichever rows a batch takes. */
export interface ViewLoader {
  /** The groups' inputs for a batch: for the rows of images in memory, else of the source. */
  readonly load: LoadInputs;
  /** Takes back the memory of a batch that is no longer needed. */
  recycle(inputs: BatchInputs): void;
  /** Images that were found to be bad while streaming. */
  skipped(): readonly SkippedImage[];
  /** Ends the threads that decode. */
  close(): Promise<void>;
}

function memoryLoader({ images, indices }: LoadedImages, groups: readonly ViewGroup[], seed: number): LoadInputs {
  const { height, width } = images;
  return async ({ epoch, indices: rows }) => {
    // Drawing and gathering happen while the device works on the step before.
    await setImmediate();
    const samples = rows.map((row) => indices[row] as number);
    const packed = groups.map((group) =>
      packGroup(
        group,
        drawViews(group, seed, epoch, samples, (view, random) => drawView(view, height, width, random)),
      ),
    );
    const pixels = uint8(await images.gather(rows), [rows.length, height, width, 3]);
    return Object.assign({ images: pixels }, ...packed) as BatchInputs;
  };
}

/** Keeps the streams of a method's own inputs apart from those of single samples. */
const METHOD_STREAM = 0xffff_fffe;

/** What a method draws for a batch, from the seed, the epoch and the batch's place in it alone. */
function drawMethodInputs(inputs: Readonly<Record<string, MethodInput>>, seed: number, { epoch, step }: BatchOrder) {
  const random = randomStream(seed, epoch, step, METHOD_STREAM);
  return Object.fromEntries(Object.entries(inputs).map(([name, { draw }]) => [name, draw(random)]));
}

/** Crops are drawn where an image is decoded, which tells its size. */
function streamLoader(loader: CropLoader<CropKey>, groups: readonly ViewGroup[], seed: number): LoadInputs {
  return async ({ epoch, indices }, signal) => {
    const { crops } = await loader.load(indices, (sample) => ({ epoch, sample }), signal);
    const packed = groups.map((group, i) => {
      // The size does not matter to what is drawn besides the crop.
      const draws = drawViews(group, seed, epoch, indices, (view, random) => drawColour(view, random));
      const { size } = group.plan;
      const pixels = uint8(crops[i] as Uint8Array, [draws.length, size, size, 3]);
      return { [`${group.prefix}images`]: pixels, ...packGroup(group, draws) };
    });
    return Object.assign({}, ...packed) as BatchInputs;
  };
}

const WORKER = new URL('../../dist/run/crop-worker.js', import.meta.url);

function createCrops(
  { seed, data: { maxBadShare } }: RunConfig,
  groups: readonly ViewGroup[],
  options: Pick<CropOptions, 'source' | 'concurrency' | 'onBad'>,
): CropLoader<CropKey> {
  const cropGroups = groups.map(({ plan: { size }, interpolation, settings }): CropGroup => {
    return { size, interpolation, views: settings.length };
  });
  const workerData: CropWorkerData = {
    seed,
    groups: groups.map(({ settings, firstView }) => ({ settings, firstView })),
    targets: cropTargets(cropGroups),
  };
  return createCropLoader({ ...options, groups: cropGroups, maxBadShare, worker: WORKER, workerData });
}

/** Creates the loader of a run's images and draws; `onBad` hears of each image that turns out to be bad. */
export function createViewLoader(
  config: RunConfig,
  images: RunImages,
  onBad: (skipped: SkippedImage) => void,
): ViewLoader {
  const groups = viewGroups(config, trainingLayout(images));
  const { source, loaded } = images.train;
  if (loaded) {
    const load = memoryLoader(loaded, groups, config.seed);
    return { load, recycle: () => {}, skipped: () => [], close: async () => {} };
  }
  const crops = createCrops(config, groups, { source, concurrency: decodeWorkers(config), onBad });
  return {
    ...crops,
    load: streamLoader(crops, groups, config.seed),
    recycle: (inputs) => crops.recycle(groups.map(({ prefix }) => inputs[`${prefix}images`]?.data as Uint8Array)),
  };
}

/** Creates the batches of a run; `onBad` hears of each image that turns out to be bad. */
export function createTrainingBatches(
  config: RunConfig,
  images: RunImages,
  onBad: (skipped: SkippedImage) => void,
  signal: AbortSignal,
): TrainingBatches {
  const loader = createViewLoader(config, images, onBad);
  const sampler = createSampler({
    count: trainingCount(images),
    batchSize: config.schedule.batchSize,
    seed: config.seed,
  });
  const { accumulate } = config.schedule;
  const methodInputs = buildModel(config).method.inputs?.(config.schedule.batchSize) ?? {};
  const load: LoadInputs = async (order, stop) => ({
    ...(await loader.load(order, stop)),
    ...drawMethodInputs(methodInputs, config.seed, order),
  });
  return {
    async *batches(epoch, skip) {
      let inputs: BatchInputs[] = [];
      let waited = 0;
      const orders = sampler.batchesOf(epoch, skip * accumulate);
      for await (const { result: batch, waitedMs } of loadAhead({ orders, load, signal })) {
        inputs.push(batch);
        waited += waitedMs;
        if (inputs.length < accumulate) continue;
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
