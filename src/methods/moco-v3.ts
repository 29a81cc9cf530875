import { batchContrast } from '../losses/info-nce.ts';
import { l2Normalize } from '../losses/l2-normalize.ts';
import { type Tensor, tf } from '../runtime/tf.ts';
import { embeddingStd } from './embedding-std.ts';
import type { Method, MethodParts } from './method.ts';
import { type OnlineTargetOptions, onlineTarget } from './online-target.ts';

/** Settings of MoCo v3. */
export interface MocoV3Options extends OnlineTargetOptions {
  readonly temperature: number;
}

/**
 * MoCo v3 (Chen, Xie and He, arXiv:2104.02057, algorithm 1): predictions of both views are told from the target
 * network's keys of the batch; 2 temperature x InfoNCE, both directions added.
 */
export function mocoV3({ temperature, ...options }: MocoV3Options, parts: MethodParts): Method {
  const { apply, ...networks } = onlineTarget(options, parts);
  return {
    ...networks,
    forward(lookup, views) {
      const { predictions, targets, buffers } = apply(lookup, views.slice(0, 2));
      const [q0, q1] = predictions.map(l2Normalize) as [Tensor, Tensor];
      const [k0, k1] = targets.map(l2Normalize) as [Tensor, Tensor];
      const sum = tf.add(batchContrast(q0, k1, temperature), batchContrast(q1, k0, temperature));
      return { loss: tf.mul(sum, 2 * temperature), buffers, metrics: { embeddingStd: embeddingStd(q0) } };
    },
    chanceLoss: (n) => 4 * temperature * Math.log(n),
  };
}
