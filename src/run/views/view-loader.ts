import { setImmediate } from 'node:timers/promises';
import { drawColour, drawView } from '../../augment/draw.ts';
import { type CropGroup, type CropLoader, createCropLoader, cropTargets } from '../../data/loading/crop-loader.ts';
import type { LoadedImages } from '../../data/loading/loaded-images.ts';
import type { BatchOrder } from '../../data/loading/sampler.ts';
import type { SkippedImage } from '../../data/sources/bad-images.ts';
import { type HostTensor, uint8 } from '../../runtime/host-tensor.ts';
import type { Decoding } from '../images/decoding.ts';
import type { ImageSet } from '../images/run-images.ts';
import type { CropKey, CropWorkerData } from './crop-worker.ts';
import { drawViews } from './draw-views.ts';
import { packGroup, type TrainingViews, type ViewGroup } from './view-groups.ts';

/** The inputs of a batch by name: images, draws, and what a method adds. */
export type BatchInputs = Readonly<Record<string, HostTensor>>;

/** Loads the inputs of one batch; the signal calls it off. */
export type LoadInputs = (order: BatchOrder, signal: AbortSignal) => Promise<BatchInputs>;

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

const WORKER = new URL('../../../dist/run/views/crop-worker.js', import.meta.url);

/** What views are loaded from, and how. */
export interface ViewSource {
  readonly seed: number;
  readonly images: ImageSet;
  readonly views: Pick<TrainingViews, 'groups'>;
  readonly decoding: Decoding;
}

function createCrops(
  { seed, images: { source }, views: { groups }, decoding }: ViewSource,
  onBad: (skipped: SkippedImage) => void,
): CropLoader<CropKey> {
  const cropGroups = groups.map(({ plan: { size }, interpolation, settings }): CropGroup => {
    return { size, interpolation, views: settings.length };
  });
  const workerData: CropWorkerData = {
    seed,
    groups: groups.map(({ settings, firstView }) => ({ settings, firstView })),
    targets: cropTargets(cropGroups),
  };
  const { workers: concurrency, maxBadShare } = decoding;
  return createCropLoader({
    source,
    concurrency,
    maxBadShare,
    onBad,
    groups: cropGroups,
    worker: WORKER,
    workerData,
  });
}

/** Creates the loader of a run's images and draws; `onBad` hears of each image that turns out to be bad. */
export function createViewLoader(from: ViewSource, onBad: (skipped: SkippedImage) => void): ViewLoader {
  const { seed, images, views } = from;
  const { groups } = views;
  if (images.loaded) {
    const load = memoryLoader(images.loaded, groups, seed);
    return { load, recycle: () => {}, skipped: () => [], close: async () => {} };
  }
  const crops = createCrops(from, onBad);
  return {
    ...crops,
    load: streamLoader(crops, groups, seed),
    recycle: (inputs) => crops.recycle(groups.map(({ prefix }) => inputs[`${prefix}images`]?.data as Uint8Array)),
  };
}
