import { availableParallelism } from 'node:os';
import type { RunConfig } from '../config/run-config.ts';
import type { SkippedImage } from '../data/bad-images.ts';
import type { ImageSource } from '../data/image-source.ts';
import { type LoadedImages, loadImages } from '../data/in-memory.ts';
import { openRunDataset } from './run-dataset.ts';
import type { ImageLayout } from './training-program.ts';

/** One split: its files, and its pixels when they are in memory. */
export interface ImageSet {
  readonly source: ImageSource;
  readonly loaded: LoadedImages | undefined;
}

/** The images of a run. */
export interface RunImages {
  /** What was found, for people. */
  readonly description: string;
  /** How the images are held, for people. */
  readonly storage: string;
  readonly train: ImageSet;
  readonly test: ImageSet | undefined;
  readonly skipped: readonly SkippedImage[];
  close(): Promise<void>;
}

/** Images decoded at the same time. */
export function decodeWorkers({ data }: RunConfig): number {
  return data.workers === 'auto' ? availableParallelism() : data.workers;
}

/**
 * Opens a configuration's images and decodes into memory what fits the budget; what does not is streamed.
 *
 * `onProgress` hears of decoding. Throws a UserError when there are no images or too many bad ones.
 */
export async function openImages(
  config: RunConfig,
  onProgress: (label: string, done: number, total: number) => void = () => {},
): Promise<RunImages> {
  const { memoryBudget, maxBadShare } = config.data;
  const dataset = await openRunDataset(config);
  let budget = memoryBudget;
  let reason = '';
  const load = async (source: ImageSource, label: string): Promise<ImageSet> => {
    const loaded = await loadImages(source, {
      budgetBytes: budget,
      concurrency: decodeWorkers(config),
      maxBadShare,
      onProgress: (done, total) => onProgress(`decoding ${label} images`, done, total),
      onDeclined: (why) => {
        reason = why;
      },
    });
    budget -= loaded?.images.data.byteLength ?? 0;
    return { source, loaded };
  };
  try {
    const trainSet = await load(dataset.train, 'training');
    const storage = trainSet.loaded ? 'in memory' : `streamed, because ${reason}`;
    const testSet = dataset.test && (await load(dataset.test, 'test'));
    return {
      description: dataset.description,
      storage,
      train: trainSet,
      test: testSet,
      skipped: [...(trainSet.loaded?.skipped ?? []), ...(testSet?.loaded?.skipped ?? [])],
      close: () => dataset.close(),
    };
  } catch (error) {
    await dataset.close();
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

/** How evaluated images reach the device: whole when both splits are in memory at one size. */
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
