import type { DataConfig } from '../../config/run-config.ts';
import type { LoadedImages } from '../../data/loading/loaded-images.ts';
import { createSampler } from '../../data/loading/sampler.ts';
import { chooseStorage } from '../../data/loading/storage.ts';
import { decodeRgb } from '../../data/pixels/decode.ts';
import { DecodeProblem } from '../../data/pixels/decode-problem.ts';
import { isSameSize } from '../../data/pixels/image-size.ts';
import type { RgbImage } from '../../data/pixels/resample.ts';
import type { SkippedImage } from '../../data/sources/bad-images.ts';
import type { ImageSource } from '../../data/sources/image-source.ts';
import { UserError } from '../../util/errors.ts';
import { imageCacheOf } from '../images/decoding.ts';
import { type ImageSet, trainingCount } from '../images/run-images.ts';

/** A training image by its place in the source. */
export interface PreviewImage {
  readonly index: number;
  readonly image: RgbImage;
}

/** Images to show, and the bad ones among which they were found. */
export interface FirstImages {
  readonly images: readonly PreviewImage[];
  readonly passedOver: readonly SkippedImage[];
}

/**
 * The first images of an epoch, in training's order; bad ones are passed over.
 *
 * The order is that of the rows which training shuffles: of images that are loaded, where bad ones are gone already,
 * else of the whole source.
 *
 * @throws UserError when no image can be decoded.
 */
export async function firstImages(
  set: ImageSet,
  options: { readonly seed: number; readonly count: number; readonly epoch: number; readonly signal: AbortSignal },
): Promise<FirstImages> {
  const { source, loaded } = set;
  const images: PreviewImage[] = [];
  const passedOver: SkippedImage[] = [];
  const rows = createSampler({ count: trainingCount({ train: set }), batchSize: 1, seed: options.seed });
  for (const row of rows.order(options.epoch)) {
    if (images.length === options.count) break;
    options.signal.throwIfAborted();
    const index = loaded === undefined ? row : (loaded.indices[row] as number);
    try {
      images.push({ index, image: await decodeRgb(await source.read(index)) });
    } catch (error) {
      if (!(error instanceof DecodeProblem)) throw error;
      passedOver.push({ index, name: source.name(index), reason: error.message });
    }
  }
  if (images.length > 0) return { images, passedOver };
  const [first] = passedOver;
  throw new UserError(
    `expected images that can be decoded, got none of ${source.count}: ${first?.name} ${first?.reason}`,
    { hint: 'cl-data inspect FOLDER says of each what is wrong.' },
  );
}

/**
 * The images that are shown, held as a run would hold them all: rows at one size where it would keep them, otherwise
 * streamed. Their rows are their places in the source, and only they can be read.
 */
export async function previewSet(
  data: DataConfig,
  source: ImageSource,
  chosen: readonly PreviewImage[],
): Promise<ImageSet> {
  const cache = imageCacheOf(data, () => {});
  const storage = await chooseStorage(source, { budgetBytes: data.memoryBudget, cache });
  if (storage.kind === 'streamed' || !chosen.every(({ image }) => isSameSize(image, storage.size)))
    return { source, loaded: undefined };
  const { count } = source;
  const pixels = new Map(chosen.map(({ index, image }) => [index, image.data]));
  const gather = async (rows: ArrayLike<number>): Promise<Uint8Array> =>
    Buffer.concat(Array.from(rows, (row) => pixels.get(row) as Uint8Array));
  const loaded: LoadedImages = {
    images: { ...storage.size, count, data: undefined, gather },
    labels: source.labels,
    indices: Int32Array.from({ length: count }, (_, index) => index),
    skipped: [],
    storage: '',
    close: async () => {},
  };
  return { source, loaded };
}
