import { batchContrast } from '../losses/info-nce.ts';
import { l2Normalize } from '../losses/l2-normalize.ts';
import { stopGradient } from '../runtime/ops.ts';
import { type Tensor, tf } from '../runtime/tf.ts';
import { embeddingSpread } from './embedding-spread.ts';
import type { EmaDecay, HeadOptions, Method, MethodParts, ProjectorOptions } from './method.ts';
import { applyEach, applyTarget, encoder, moveTarget, predictorOf, targetVariables } from './networks.ts';

/** Settings of MoCo v3. */
export interface MocoV3Options {
  readonly temperature: number;
  readonly emaDecay: EmaDecay;
  readonly projector: ProjectorOptions;
  readonly predictor: HeadOptions;
}

/**
 * MoCo v3 (Chen, Xie and He, arXiv:2104.02057, algorithm 1): predictions of both views are told from the target network's keys of
 * the batch; 2 temperature x InfoNCE, both directions added.
 */
export function mocoV3(
  { temperature, emaDecay, projector, predictor: head }: MocoV3Options,
  parts: MethodParts,
): Method {
  const network = encoder(parts, projector);
  const predictor = predictorOf(projector.out, head);
  const context = { mode: 'train' } as const;
  return {
    variables: { ...network.variables, ...predictor.variables, ...targetVariables(network) },
    forward(lookup, views) {
      const online = applyEach(network, lookup, views.slice(0, 2), context);
      const predicted = applyEach(predictor, lookup, online.ys, context);
      const target = applyTarget(network, lookup, views.slice(0, 2), context);
      const [q0, q1] = predicted.ys.map(l2Normalize) as [Tensor, Tensor];
      const [k0, k1] = target.ys.map((y) => stopGradient(l2Normalize(y))) as [Tensor, Tensor];
      const sum = tf.add(batchContrast(q0, k1, temperature), batchContrast(q1, k0, temperature));
      return {
        loss: tf.mul(sum, 2 * temperature),
        buffers: { ...online.buffers, ...predicted.buffers, ...target.buffers },
        metrics: { embeddingStd: embeddingSpread(q0) },
      };
    },
    advance: ({ before, after, emaStep }) => moveTarget(network, before, after, emaStep),
    emaDecay,
    chanceLoss: (n) => 4 * temperature * Math.log(n),
  };
}
