import { type ImageRecords, recordImages } from '../../data/loading/image-records.ts';
import { loadImages } from '../../data/loading/load-images.ts';
import type { LoadedImages } from '../../data/loading/loaded-images.ts';
import { retryGathering } from '../../data/loading/retry-reads.ts';
import type { SkippedImage } from '../../data/sources/bad-images.ts';
import type { ImageSource } from '../../data/sources/image-source.ts';
import { decodingOf, imageCacheOf } from './decoding.ts';
import { type ImageLayout, layoutOf } from './image-layout.ts';
import { openRunDataset, type RunDataset } from './open-run-dataset.ts';
import type { RunData } from './run-data.ts';

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
  /** What people should know of the classes, and of the cache of decoded images. */
  readonly notes: readonly string[];
  readonly tellOutages: RunDataset['tellOutages'];
  close(): Promise<void>;
}

/**
 * Opens the images that settings name, and decodes into memory what fits the budget, into a cache file what does not;
 * where neither is possible they are streamed.
 *
 * `onProgress` hears of decoding. Throws a UserError when there are no images or too many bad ones, and the signal's
 * reason.
 */
export async function openImages(
  data: RunData,
  onProgress: (label: string, done: number, total: number) => void = () => {},
  signal?: AbortSignal,
): Promise<RunImages> {
  const { workers, maxBadShare } = decodingOf(data);
  const dataset = await openRunDataset(data, signal);
  let budget = data.memoryBudget;
  let reason = '';
  const notes: string[] = [...dataset.warnings];
  const cache = imageCacheOf(data, (note) => notes.push(note));
  const opened: LoadedImages[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(opened.splice(0).map((loaded) => loaded.close()));
    await dataset.close();
  };
  const load = async (source: ImageSource, label: string): Promise<ImageSet> => {
    const found = await loadImages(source, {
      budgetBytes: budget,
      cache,
      signal,
      concurrency: workers,
      maxBadShare,
      onProgress: (done, total) => onProgress(`decoding ${label} images`, done, total),
      onDeclined: (why) => {
        reason = why;
      },
    });
    const loaded = found && retryGathering(found, dataset.retry);
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
      tellOutages: dataset.tellOutages,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The number of images that training draws from. */
export function trainingCount({ train }: Pick<RunImages, 'train'>): number {
  return train.loaded?.images.count ?? train.source.count;
}

/** Bytes of memory that decoded images take. */
export function heldBytes({ train, test }: Pick<RunImages, 'train' | 'test'>): number {
  return [train, test].reduce((sum, set) => sum + (set?.loaded?.images.data?.byteLength ?? 0), 0);
}

/** Images from which on the looking at them is told. */
const WORTH_TELLING = 50_000;

/** Looks at the training images, to know them again; `onProgress` hears of it where they are many. */
export function recordTrainingImages(
  { train: { source } }: Pick<RunImages, 'train'>,
  options: { readonly onProgress: (label: string, done: number, total: number) => void; readonly signal: AbortSignal },
): Promise<ImageRecords> {
  const onProgress = (done: number, total: number): void => options.onProgress('looking at images', done, total);
  return recordImages(source, { ...(source.count >= WORTH_TELLING && { onProgress }), signal: options.signal });
}

/** How training batches reach the device. */
export function trainingLayout({ train }: Pick<RunImages, 'train'>): ImageLayout {
  return layoutOf(train.loaded);
}
