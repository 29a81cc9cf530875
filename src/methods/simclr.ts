import { l2Normalize } from '../losses/l2-normalize.ts';
import { ntXent, ntXentChance } from '../losses/nt-xent.ts';
import type { Tensor } from '../runtime/tf.ts';
import { embeddingStd } from './embedding-std.ts';
import type { Method, MethodParts, ProjectorOptions } from './method.ts';
import { applyEach, applyJoint, encoder, updated } from './networks.ts';

/** Settings of SimCLR. */
export interface SimclrOptions {
  readonly temperature: number;
  /** Whether BatchNorm sees the two views together, as in google/simclr, or one after the other, as in solo-learn. */
  readonly passes: 'joint' | 'separate';
  readonly projector: ProjectorOptions;
}

/**
 * SimCLR (Chen et al., arXiv:2002.05709; version 2 arXiv:2006.10029): the views of an image against all other views of
 * the batch.
 */
export function simclr({ temperature, passes, projector }: SimclrOptions, parts: MethodParts): Method {
  const network = encoder(parts, projector);
  return {
    variables: network.variables,
    forward(lookup, views) {
      const apply = passes === 'joint' ? applyJoint : applyEach;
      const large = apply(network, lookup, views.slice(0, 2), { mode: 'train' });
      const small = apply(network, updated(lookup, large.buffers), views.slice(2), { mode: 'train' });
      const embeddings = [...large.ys, ...small.ys];
      return {
        loss: ntXent(embeddings, temperature),
        buffers: { ...large.buffers, ...small.buffers },
        metrics: { embeddingStd: embeddingStd(l2Normalize(large.ys[0] as Tensor)) },
      };
    },
    chanceLoss: ntXentChance,
  };
}
