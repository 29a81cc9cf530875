import type { LoadedImages } from '../../data/loading/loaded-images.ts';
import { createResizedLoader } from '../../data/loading/resized-loader.ts';
import type { SkippedImage } from '../../data/sources/bad-images.ts';
import { extractFeatures, type Features, type ImageBatch } from '../../evaluate/extract-features.ts';
import type { LabelledFeatures } from '../../evaluate/labelled-features.ts';
import { uint8 } from '../../runtime/host-tensor.ts';
import type { Program } from '../../runtime/program.ts';
import type { EvaluationParts } from '../assembly/resolve-run.ts';
import type { ImageSet } from '../images/run-images.ts';
import { type EvaluationView, evaluationDraws, FEATURE_BATCH } from '../views/evaluation-view.ts';

/** Images that a streamed split decodes before their features are taken. */
const CHUNK = 4 * FEATURE_BATCH;

/** Turns a chunk of images into one row of features each. */
export type Embed = (images: ImageBatch, signal: AbortSignal) => Promise<Features>;

/** Features from a program's `features` function. */
export function embedWith(program: Program, view: EvaluationView): Embed {
  const draws = evaluationDraws(view);
  return (images, signal) =>
    extractFeatures(
      async (batch) => {
        const shape = [FEATURE_BATCH, images.height, images.width, 3];
        const { features } = await program.run('features', { images: uint8(batch, shape), ...draws });
        return features?.data as Float32Array;
      },
      images,
      FEATURE_BATCH,
      { signal },
    );
}

/** A chunk of a split with its labels. */
interface Chunk {
  readonly images: ImageBatch;
  readonly labels: Int32Array;
}

/** All rows that are in memory at once; those that must be read some at a time. */
async function* rowChunks({ images, labels }: LoadedImages): AsyncGenerator<Chunk> {
  const { data, count, height, width } = images;
  if (data !== undefined) yield { images: { data, count, height, width }, labels: labels as Int32Array };
  for (let from = 0; data === undefined && from < count; from += CHUNK) {
    const rows = Array.from({ length: Math.min(CHUNK, count - from) }, (_, i) => from + i);
    const chunk = { data: await images.gather(rows), count: rows.length, height, width };
    yield { images: chunk, labels: (labels as Int32Array).subarray(from, from + CHUNK) };
  }
}

/** How the images of a split are read. */
type Reading = Pick<EvaluationParts, 'view' | 'decoding'>;

async function* chunksOf(
  { source, loaded }: ImageSet,
  { view, decoding }: Reading,
  onBad: (skipped: SkippedImage) => void,
  signal: AbortSignal,
): AsyncGenerator<Chunk> {
  const { labels } = source;
  if (!labels) throw new Error('Expected images with labels.');
  if (loaded && view.layout.kind === 'whole') {
    yield* rowChunks(loaded);
    return;
  }
  const { size, interpolation } = view;
  const { workers: concurrency, maxBadShare } = decoding;
  const loader = createResizedLoader({ source, size, interpolation, concurrency, maxBadShare, onBad });
  for (let from = 0; from < source.count; from += CHUNK) {
    const wanted = Array.from({ length: Math.min(CHUNK, source.count - from) }, (_, i) => from + i);
    const { images: data, indices } = await loader.load(wanted, signal);
    if (indices.length === 0) continue;
    yield {
      images: { data, count: indices.length, height: size, width: size },
      labels: Int32Array.from(indices, (index) => labels[index] as number),
    };
  }
}

/**
 * The features and labels of a split, in order and without augmentation; bad images are left out.
 *
 * Throws the signal's reason when it is aborted.
 */
export async function labelledFeatures(
  set: ImageSet,
  reading: Reading,
  embed: Embed,
  signal: AbortSignal,
  onBad: (skipped: SkippedImage) => void = () => {},
): Promise<LabelledFeatures> {
  const parts: { features: Features; labels: Int32Array }[] = [];
  for await (const { images, labels } of chunksOf(set, reading, onBad, signal)) {
    signal.throwIfAborted();
    parts.push({ features: await embed(images, signal), labels });
  }
  const count = parts.reduce((sum, { labels }) => sum + labels.length, 0);
  const width = parts[0]?.features.width ?? 0;
  const features = new Float32Array(count * width);
  const labels = new Int32Array(count);
  let row = 0;
  for (const part of parts) {
    features.set(part.features.features.subarray(0, part.labels.length * width), row * width);
    labels.set(part.labels, row);
    row += part.labels.length;
  }
  return { features, labels, count, width, classes: set.source.classes.length };
}
