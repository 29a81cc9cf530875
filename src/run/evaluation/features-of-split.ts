import { evaluationImages } from '../../data/loading/evaluation-images.ts';
import type { SkippedImage } from '../../data/sources/bad-images.ts';
import { extractFeatures, type Features, type ImageBatch } from '../../evaluate/extract-features.ts';
import type { LabelledFeatures } from '../../evaluate/labelled-features.ts';
import { uint8 } from '../../runtime/host-tensor.ts';
import type { Program } from '../../runtime/program.ts';
import type { EvaluationParts } from '../assembly/resolve-run.ts';
import type { ImageSet } from '../images/run-images.ts';
import { type EvaluationView, evaluationDraws, FEATURE_BATCH } from '../views/evaluation-view.ts';

/** Images that are decoded and transformed before their features are taken. */
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

/** How the images of a split are read. */
type Reading = Pick<EvaluationParts, 'view' | 'decoding'>;

/**
 * The features and labels of a split, in order and without augmentation; bad images are left out, and `onBad` hears of
 * those that are found while streaming.
 *
 * Throws the signal's reason when it is aborted.
 */
export async function labelledFeatures(
  set: ImageSet,
  { view, decoding }: Reading,
  embed: Embed,
  signal: AbortSignal,
  onBad: (skipped: SkippedImage) => void,
): Promise<LabelledFeatures> {
  const { source, loaded } = set;
  if (!source.labels) throw new Error('Expected images with labels.');
  const { transform } = view;
  const { size } = transform;
  const { workers: concurrency, maxBadShare } = decoding;
  const options = { source, transform, chunk: CHUNK, concurrency, maxBadShare, onBad, signal };
  const parts: { features: Features; labels: Int32Array }[] = [];
  for await (const { data, indices } of evaluationImages(loaded, options)) {
    signal.throwIfAborted();
    const images = { data, count: indices.length, height: size, width: size };
    const labels = Int32Array.from(indices, (index) => source.labels?.[index] as number);
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
  return { features, labels, count, width, classes: source.classes.length };
}
