import { cosineDistance } from '../losses/cosine-distance.ts';
import { l2Normalize } from '../losses/l2-normalize.ts';
import { stopGradient } from '../runtime/ops.ts';
import { type Tensor, tf } from '../runtime/tf.ts';
import { embeddingSpread } from './embedding-spread.ts';
import type { EmaDecay, HeadOptions, Method, MethodParts, ProjectorOptions } from './method.ts';
import { applyEach, applyTarget, encoder, moveTarget, predictorOf, targetVariables } from './networks.ts';

/** Settings of BYOL. */
export interface ByolOptions {
  readonly emaDecay: EmaDecay;
  readonly projector: ProjectorOptions;
  readonly predictor: HeadOptions;
}

/**
 * BYOL (Grill et al., arXiv:2006.07733): the online network predicts, from one view, what the target network sees in another.
 *
 * The distances of all pairs are added, as in the paper; small views are seen by the online network alone, as in solo-learn. There
 * are no negatives, so a low loss may be a collapse: watch `embeddingStd`.
 */
export function byol({ emaDecay, projector, predictor: head }: ByolOptions, parts: MethodParts): Method {
  const network = encoder(parts, projector);
  const predictor = predictorOf(projector.out, head);
  const context = { mode: 'train' } as const;
  return {
    variables: { ...network.variables, ...predictor.variables, ...targetVariables(network) },
    forward(lookup, views) {
      const online = applyEach(network, lookup, views, context);
      const predicted = applyEach(predictor, lookup, online.ys, context);
      const target = applyTarget(network, lookup, views.slice(0, 2), context);
      const distances = target.ys.flatMap((z, at) =>
        predicted.ys.filter((_, from) => from !== at).map((p) => cosineDistance(p, stopGradient(z))),
      );
      return {
        loss: distances.reduce((sum, distance) => tf.add(sum, distance)),
        buffers: { ...online.buffers, ...predicted.buffers, ...target.buffers },
        metrics: { embeddingStd: embeddingSpread(l2Normalize(online.ys[0] as Tensor)) },
      };
    },
    advance: ({ before, after, emaStep }) => moveTarget(network, before, after, emaStep),
    emaDecay,
    chanceLoss: () => undefined,
  };
}
