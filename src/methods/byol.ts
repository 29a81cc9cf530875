import { l2Normalize } from '../losses/l2-normalize.ts';
import { normalizedSquaredDistance } from '../losses/normalized-squared-distance.ts';
import { type Tensor, tf } from '../runtime/tf.ts';
import { embeddingStd } from './embedding-std.ts';
import type { Method, MethodParts } from './method.ts';
import { type OnlineTargetOptions, onlineTarget } from './online-target.ts';

/** Settings of BYOL. */
export type ByolOptions = OnlineTargetOptions;

/**
 * BYOL (Grill et al., arXiv:2006.07733): the online network predicts, from one view, what the target network sees in
 * another.
 *
 * The distances of all pairs are added, as in the paper; small views are seen by the online network alone, as in
 * solo-learn. There are no negatives, so a low loss may be a collapse: watch `embeddingStd`.
 */
export function byol(options: ByolOptions, parts: MethodParts): Method {
  const { apply, ...networks } = onlineTarget(options, parts);
  return {
    ...networks,
    forward(lookup, views) {
      const { embeddings, predictions, targets, buffers } = apply(lookup, views);
      const distances = targets.flatMap((z, at) =>
        predictions.filter((_, from) => from !== at).map((p) => normalizedSquaredDistance(p, z)),
      );
      return {
        loss: distances.reduce((sum, distance) => tf.add(sum, distance)),
        buffers,
        metrics: { embeddingStd: embeddingStd(l2Normalize(embeddings[0] as Tensor)) },
      };
    },
    chanceLoss: () => undefined,
  };
}
