import type { Lookup } from '../nn/layer.ts';
import { stopGradient } from '../runtime/ops.ts';
import type { Tensor, Tensors } from '../runtime/tf.ts';
import type { EmaDecay, HeadOptions, Method, MethodParts, ProjectorOptions } from './method.ts';
import { applyEach, applyTarget, encoder, moveTarget, predictorOf, targetVariables } from './networks.ts';

/** Settings of a network with a predictor that follows its own moving average. */
export interface OnlineTargetOptions {
  readonly emaDecay: EmaDecay;
  readonly projector: ProjectorOptions;
  readonly predictor: HeadOptions;
}

/** What the networks make of the views of a batch. */
export interface OnlineTarget {
  /** Embeddings of the online network for all views, [n, out] each. */
  readonly embeddings: readonly Tensor[];
  /** The predictor's outputs for them. */
  readonly predictions: readonly Tensor[];
  /** Embeddings of the target network for the two large views, through which no gradient flows. */
  readonly targets: readonly Tensor[];
  readonly buffers: Tensors;
}

/** An online network with a predictor, and its target network: what BYOL and MoCo v3 have in common. */
export function onlineTarget(
  { emaDecay, projector, predictor: head }: OnlineTargetOptions,
  parts: MethodParts,
): Pick<Method, 'variables' | 'emaDecay' | 'advance'> & {
  apply(lookup: Lookup, views: readonly Tensor[]): OnlineTarget;
} {
  const network = encoder(parts, projector);
  const predictor = predictorOf(projector.out, head);
  const context = { mode: 'train' } as const;
  return {
    variables: { ...network.variables, ...predictor.variables, ...targetVariables(network) },
    emaDecay,
    advance: ({ before, after, emaStep }) => moveTarget(network, before, after, emaStep),
    apply(lookup, views) {
      const online = applyEach(network, lookup, views, context);
      const predicted = applyEach(predictor, lookup, online.ys, context);
      const target = applyTarget(network, lookup, views.slice(0, 2), context);
      return {
        embeddings: online.ys,
        predictions: predicted.ys,
        targets: target.ys.map(stopGradient),
        buffers: { ...online.buffers, ...predicted.buffers, ...target.buffers },
      };
    },
  };
}
