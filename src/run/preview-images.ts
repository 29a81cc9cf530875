import type { RunConfig } from '../config/run-config.ts';
import { decodeRgb, readSize } from '../data/decode.ts';
import { DecodeProblem } from '../data/decode-problem.ts';
import type { ImageSource } from '../data/image-source.ts';
import type { RgbImage } from '../data/resample.ts';
import { createSampler } from '../data/sampler.ts';
import { UserError } from '../util/errors.ts';
import type { RunImages } from './images.ts';

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

/** Headers that say whether all images have one size, as in training. */
const PROBES = 64;

async function isOneSize(source: ImageSource, { image }: PreviewImage): Promise<boolean> {
  if (source.size !== undefined) return true;
  const probes = Math.min(PROBES, source.count);
  for (let i = 0; i < probes; i++) {
    try {
      const size = await readSize(await source.read(Math.floor((i * source.count) / probes)));
      if (size.height !== image.height || size.width !== image.width) return false;
    } catch (error) {
      if (!(error instanceof DecodeProblem)) throw error;
    }
  }
  return true;
}

/**
 * The images that are shown as a run would hold them: in memory where all are of one size and fit, otherwise streamed.
 *
 * `rows` says which rows of them are shown. Only these are decoded.
 */
export async function previewSet(
  config: RunConfig,
  source: ImageSource,
  chosen: readonly PreviewImage[],
): Promise<{ readonly images: RunImages; readonly rows: Uint32Array }> {
  const [first] = chosen as [PreviewImage];
  const { height, width } = first.image;
  const stride = height * width * 3;
  const isHeld =
    source.count * stride <= config.data.memoryBudget &&
    chosen.every(({ image }) => image.height === height && image.width === width) &&
    (await isOneSize(source, first));
  const base = { description: source.description, storage: '', test: undefined, skipped: [], close: async () => {} };
  const indices = Int32Array.from(chosen, ({ index }) => index);
  if (!isHeld) return { images: { ...base, train: { source, loaded: undefined } }, rows: Uint32Array.from(indices) };
  const data = new Uint8Array(chosen.length * stride);
  for (const [row, { image }] of chosen.entries()) data.set(image.data, row * stride);
  const loaded = { images: { data, count: chosen.length, height, width }, labels: undefined, indices, skipped: [] };
  return { images: { ...base, train: { source, loaded } }, rows: Uint32Array.from(chosen.keys()) };
}
