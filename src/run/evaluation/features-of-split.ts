import { evaluationImages } from '../../data/loading/evaluation-images.ts';
import type { SkippedImage } from '../../data/sources/bad-images.ts';
import type { Features } from '../../evaluate/extract-features.ts';
import type { LabelledFeatures } from '../../evaluate/labelled-features.ts';
import type { EvaluationParts } from '../assembly/resolve-run.ts';
import type { Embed } from '../encoder/embed-images.ts';
import type { ImageSet } from '../images/run-images.ts';
import { featureBatch } from '../views/evaluation-view.ts';

/** Batches that are decoded and transformed before their features are taken. */
const BATCHES = 4;

/** How the images of a split are read. */
type Reading = Pick<EvaluationParts, 'view' | 'decoding'>;

/**
 * The features and labels of a split, in order and without augmentation; bad images are left out, and `onBad` hears of
 * those that are found while streaming. `onImages` hears of so many images whose features were taken.
 *
 * Throws the signal's reason when it is aborted.
 */
export async function labelledFeatures(
  set: ImageSet,
  { view, decoding }: Reading,
  embed: Embed,
  signal: AbortSignal,
  onBad: (skipped: SkippedImage) => void,
  onImages?: ((count: number) => void) | undefined,
): Promise<LabelledFeatures> {
  const { source, loaded } = set;
  if (!source.labels) throw new Error('Expected images with labels.');
  const { transform } = view;
  const { size } = transform;
  const { workers: concurrency, maxBadShare } = decoding;
  const options = { source, transform, chunk: BATCHES * featureBatch(size), concurrency, maxBadShare, onBad, signal };
  const parts: { features: Features; labels: Int32Array }[] = [];
  for await (const { data, indices } of evaluationImages(loaded, options)) {
    signal.throwIfAborted();
    const images = { data, count: indices.length, height: size, width: size };
    const labels = Int32Array.from(indices, (index) => source.labels?.[index] as number);
    parts.push({ features: await embed(images, signal), labels });
    onImages?.(labels.length);
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
