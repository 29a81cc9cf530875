import { availableParallelism } from 'node:os';
import type { RunConfig } from '../config/run-config.ts';
import { imageCacheFolder } from '../data/cache/cache-files.ts';
import type { ImageCache } from '../data/cache/image-cache.ts';
import { loadImages } from '../data/loading/load-images.ts';
import type { LoadedImages } from '../data/loading/loaded-images.ts';
import type { SkippedImage } from '../data/sources/bad-images.ts';
import type { ImageSource } from '../data/sources/image-source.ts';
import { openRunDataset } from './run-dataset.ts';
import type { ImageLayout } from './training-program.ts';

/** One split: its files, and its pixels unless they are streamed. */
export interface ImageSet {
  readonly source: ImageSource;
  readonly loaded: LoadedImages | undefined;
}

/** The images of a run. */
export interface RunImages {
  /** What was found, for people. */
  readonly description: string;
  /** How the training images are held, for people. */
  readonly storage: string;
  readonly train: ImageSet;
  readonly test: ImageSet | undefined;
  readonly skipped: readonly SkippedImage[];
  /** What happened to the cache of decoded images that people should know. */
  readonly notes: readonly string[];
  close(): Promise<void>;
}

/** Images decoded at the same time. */
export function decodeWorkers({ data }: RunConfig): number {
  return data.workers === 'auto' ? availableParallelism() : data.workers;
}

/** Seconds of decoding from which pixels in memory are kept for the next run. */
const WORTH_SECONDS = 3;

/** Pixels up to which decoding is what costs; a set of larger images would fill the disk, and is cropped before it is sent. */
const LARGEST_SMALL_IMAGE = 128 * 128;

/** The cache of decoded images as a configuration has it; undefined where it is off. */
export function imageCacheOf({ data }: RunConfig, onNote: (note: string) => void): ImageCache | undefined {
  if (data.cache === 'off') return undefined;
  const isAuto = data.cache === 'auto';
  const worthSeconds = isAuto ? WORTH_SECONDS : 0;
  const largestImage = isAuto ? LARGEST_SMALL_IMAGE : Number.POSITIVE_INFINITY;
  return {
    folder: imageCacheFolder(),
    limitBytes: data.cacheBudget,
    worthSeconds,
    largestImage,
    onNote,
    inUse: new Set(),
  };
}

/**
 * Opens a configuration's images and decodes into memory what fits the budget, into a cache file what does not; where
 * neither is possible they are streamed.
 *
 * `onProgress` hears of decoding. Throws a UserError when there are no images or too many bad ones, and the signal's reason.
 */
export async function openImages(
  config: RunConfig,
  onProgress: (label: string, done: number, total: number) => void = () => {},
  signal?: AbortSignal,
): Promise<RunImages> {
  const { memoryBudget, maxBadShare } = config.data;
  const dataset = await openRunDataset(config);
  let budget = memoryBudget;
  let reason = '';
  const notes: string[] = [];
  const cache = imageCacheOf(config, (note) => notes.push(note));
  const opened: LoadedImages[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(opened.splice(0).map((loaded) => loaded.close()));
    await dataset.close();
  };
  const load = async (source: ImageSource, label: string): Promise<ImageSet> => {
    const loaded = await loadImages(source, {
      budgetBytes: budget,
      cache,
      signal,
      concurrency: decodeWorkers(config),
      maxBadShare,
      onProgress: (done, total) => onProgress(`decoding ${label} images`, done, total),
      onDeclined: (why) => {
        reason = why;
      },
    });
    if (loaded !== undefined) opened.push(loaded);
    budget -= loaded?.images.data?.byteLength ?? 0;
    return { source, loaded };
  };
  try {
    const trainSet = await load(dataset.train, 'training');
    const storage = trainSet.loaded?.storage ?? `streamed, because ${reason}`;
    const testSet = dataset.test && (await load(dataset.test, 'test'));
    return {
      description: dataset.description,
      storage,
      train: trainSet,
      test: testSet,
      skipped: [...(trainSet.loaded?.skipped ?? []), ...(testSet?.loaded?.skipped ?? [])],
      notes,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The number of images that training draws from. */
export function trainingCount({ train }: RunImages): number {
  return train.loaded?.images.count ?? train.source.count;
}

/** How training batches reach the device. */
export function trainingLayout({ train }: RunImages): ImageLayout {
  return layoutOf(train.loaded);
}

/** How evaluated images reach the device: whole when both splits are held at one size. */
export function evaluationLayout({ train, test }: RunImages): ImageLayout {
  const [a, b] = [train.loaded?.images, test?.loaded?.images];
  const isOneSize = a !== undefined && b !== undefined && a.height === b.height && a.width === b.width;
  return isOneSize ? layoutOf(train.loaded) : { kind: 'crops' };
}

function layoutOf(loaded: LoadedImages | undefined): ImageLayout {
  if (!loaded) return { kind: 'crops' };
  const { height, width } = loaded.images;
  return { kind: 'whole', height, width };
}
