import type { RunConfig } from '../../config/run-config.ts';
import type { LoadedImages } from '../../data/loading/loaded-images.ts';
import { createSampler } from '../../data/loading/sampler.ts';
import { chooseStorage } from '../../data/loading/storage.ts';
import { decodeRgb } from '../../data/pixels/decode.ts';
import { DecodeProblem } from '../../data/pixels/decode-problem.ts';
import { isSameSize } from '../../data/pixels/image-size.ts';
import type { RgbImage } from '../../data/pixels/resample.ts';
import { describeSource } from '../../data/sources/describe-source.ts';
import type { ImageSource } from '../../data/sources/image-source.ts';
import { UserError } from '../../util/errors.ts';
import { imageCacheOf, type RunImages } from '../images.ts';

/** A training image by its place in the source. */
export interface PreviewImage {
  readonly index: number;
  readonly image: RgbImage;
}

/**
 * The first images of an epoch, in training's order; bad ones are passed over.
 *
 * @throws UserError when no image can be decoded.
 */
export async function firstImages(
  { seed }: RunConfig,
  source: ImageSource,
  options: { readonly count: number; readonly epoch: number; readonly signal: AbortSignal },
): Promise<PreviewImage[]> {
  const found: PreviewImage[] = [];
  let problem: string | undefined;
  for (const index of createSampler({ count: source.count, batchSize: 1, seed }).order(options.epoch)) {
    if (found.length === options.count) break;
    options.signal.throwIfAborted();
    try {
      found.push({ index, image: await decodeRgb(await source.read(index)) });
    } catch (error) {
      if (!(error instanceof DecodeProblem)) throw error;
      problem ??= `${source.name(index)} ${error.message}`;
    }
  }
  if (found.length > 0) return found;
  throw new UserError(`expected images that can be decoded, got none of ${source.count}: ${problem}`);
}

/**
 * The images that are shown, held as a run would hold them all: rows at one size where it would keep them, otherwise
 * streamed. Their rows are their places in the source, and only they can be read.
 */
export async function previewSet(
  config: RunConfig,
  source: ImageSource,
  chosen: readonly PreviewImage[],
): Promise<RunImages> {
  const close = async (): Promise<void> => {};
  const of = (loaded: LoadedImages | undefined): RunImages => {
    const description = describeSource(source);
    return { description, storage: '', train: { source, loaded }, test: undefined, skipped: [], notes: [], close };
  };
  const cache = imageCacheOf(config, () => {});
  const storage = await chooseStorage(source, { budgetBytes: config.data.memoryBudget, cache });
  if (storage.kind === 'streamed' || !chosen.every(({ image }) => isSameSize(image, storage.size)))
    return of(undefined);
  const { count } = source;
  const pixels = new Map(chosen.map(({ index, image }) => [index, image.data]));
  const gather = async (rows: ArrayLike<number>): Promise<Uint8Array> =>
    Buffer.concat(Array.from(rows, (row) => pixels.get(row) as Uint8Array));
  return of({
    images: { ...storage.size, count, data: undefined, gather },
    labels: source.labels,
    indices: Int32Array.from({ length: count }, (_, index) => index),
    skipped: [],
    storage: '',
    close,
  });
}
