import { streamEvaluationImages } from '../../data/loading/evaluation-images.ts';
import type { SkippedImage } from '../../data/sources/bad-images.ts';
import type { ImageSource } from '../../data/sources/image-source.ts';
import { readAhead } from '../../util/read-ahead.ts';
import type { Embed } from '../encoder/embed-images.ts';
import type { Decoding } from '../images/decoding.ts';
import { type EvaluationView, featureBatch } from '../views/evaluation-view.ts';
import { normalizeRows, notFiniteRows } from './feature-rows.ts';
import type { EmbeddedChunk, PartialFeatures } from './partial-features.ts';

/** A split, and its name in the table. */
export interface NamedSplit {
  readonly name: string;
  readonly source: ImageSource;
}

export interface EmbedSplitsOptions {
  readonly splits: readonly NamedSplit[];
  readonly view: EvaluationView;
  readonly decoding: Decoding;
  readonly embed: Embed;
  /** Whether rows get length 1. */
  readonly normalize: boolean;
  readonly signal: AbortSignal;
  /** Hears of images that are in the table now, or never will be. */
  readonly onDone: (images: number) => void;
  /** Called once for each bad image, in any order. */
  readonly onBad: (image: SkippedImage) => void;
}

/** Images of a split that chunks have dealt with: in the table, or bad. */
export function imagesIn(chunks: readonly EmbeddedChunk[], split: string): number {
  return chunks.filter((chunk) => chunk.split === split).reduce((sum, { rows, bad }) => sum + rows + bad.length, 0);
}

/** The bad images of a split that chunks know, in its order. */
export function badIn(chunks: readonly EmbeddedChunk[], split: string): SkippedImage[] {
  return chunks.filter((chunk) => chunk.split === split).flatMap(({ bad }) => bad);
}

/**
 * Adds the features of all images that `partial` lacks, split by split and in order; the next images are decoded while
 * the device works.
 *
 * Batches are those of an evaluation of the whole split, wherever an earlier call stopped, so that features are the
 * same to the bit.
 *
 * @throws UserError when too many images are bad; the signal's reason.
 */
export async function embedSplits(partial: PartialFeatures, options: EmbedSplitsOptions): Promise<void> {
  for (const split of options.splits) await embedSplit(partial, split, options);
}

async function embedSplit(
  partial: PartialFeatures,
  { name, source }: NamedSplit,
  { view, decoding, embed, normalize, signal, onDone, onBad }: EmbedSplitsOptions,
): Promise<void> {
  let done = imagesIn(partial.chunks, name);
  if (done === source.count) return;
  const found = new Map<number, SkippedImage>();
  const note = (image: SkippedImage): void => {
    found.set(image.index, image);
    onBad(image);
  };
  // Which images a chunk has passed over is known by the place of its last one.
  const passed = (next: number): SkippedImage[] => {
    const bad = [...found.values()].filter(({ index }) => index < next).sort((a, b) => a.index - b.index);
    for (const { index } of bad) found.delete(index);
    return bad;
  };
  const { transform } = view;
  const { workers: concurrency, maxBadShare } = decoding;
  const reading = {
    source,
    transform,
    chunk: featureBatch(transform.size),
    concurrency,
    maxBadShare,
    onBad: note,
    signal,
  };
  const start = { index: done, bad: badIn(partial.chunks, name) };
  for await (const { data, indices } of readAhead(streamEvaluationImages(reading, start))) {
    signal.throwIfAborted();
    const { length: rows } = indices;
    const images = { data, count: rows, height: transform.size, width: transform.size };
    const { features, width } = await embed(images, signal);
    if (normalize) normalizeRows(features, width);
    const next = (indices[rows - 1] as number) + 1;
    await partial.append({ split: name, rows, bad: passed(next), notFinite: notFiniteRows(features, width) }, features);
    onDone(next - done);
    done = next;
  }
  if (done < source.count) {
    const rest = { split: name, rows: 0, bad: passed(source.count), notFinite: 0 };
    await partial.append(rest, new Float32Array(0));
  }
  onDone(source.count - done);
}
