import { extractFeatures, type Features, type ImageBatch } from '../../evaluate/extract-features.ts';
import { uint8 } from '../../runtime/host-tensor.ts';
import type { Program } from '../../runtime/program.ts';
import { type EvaluationView, evaluationDraws, featureBatch } from '../views/evaluation-view.ts';

/** Turns a chunk of images into one row of features each. */
export type Embed = (images: ImageBatch, signal: AbortSignal) => Promise<Features>;

/** Features from a program's `features` function. */
export function embedWith(program: Program, view: EvaluationView): Embed {
  const draws = evaluationDraws(view);
  const count = featureBatch(view.plan.size);
  return (images, signal) =>
    extractFeatures(
      async (batch) => {
        const shape = [count, images.height, images.width, 3];
        const { features } = await program.run('features', { images: uint8(batch, shape), ...draws });
        return features?.data as Float32Array;
      },
      images,
      count,
      { signal },
    );
}
