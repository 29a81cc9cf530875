import { l2Normalize } from '../losses/l2-normalize.ts';
import { ntXent, ntXentChance } from '../losses/nt-xent.ts';
import { prefixed, scoped } from '../nn/layer.ts';
import { mlp } from '../nn/mlp.ts';
import { castTo } from '../runtime/precision.ts';
import { tf } from '../runtime/tf.ts';
import { embeddingSpread } from './embedding-spread.ts';
import { backboneVariables, type Method, type MethodParts } from './method.ts';

/** Settings of SimCLR. */
export interface SimclrOptions {
  readonly temperature: number;
  readonly projector: {
    readonly hidden: number;
    readonly out: number;
    readonly layers: number;
    readonly batchNorm: boolean;
  };
}

/**
 * SimCLR (Chen et al., arXiv:2002.05709): the views of an image against all other views of the batch.
 *
 * Both views go through the network as one batch of 2n, so BatchNorm sees them together, as in google-research/simclr.
 */
export function simclr({ temperature, projector: sizes }: SimclrOptions, { backbone, precision }: MethodParts): Method {
  const { hidden, out: output, layers, batchNorm } = sizes;
  const projector = mlp({ input: backbone.featureSize, hidden, output, layers, batchNorm });
  return {
    variables: { ...backboneVariables(backbone), ...prefixed('projector.', projector.variables) },
    forward(lookup, views) {
      const images = castTo(tf.concat([...views], 0), precision);
      const features = backbone.layer.apply(scoped(lookup, 'backbone.'), images, { mode: 'train' });
      const embedded = projector.apply(scoped(lookup, 'projector.'), features.y, { mode: 'train' });
      const [z0, z1] = tf.split(embedded.y, 2, 0);
      if (!z0 || !z1) throw new Error('Expected two views.');
      return {
        loss: ntXent(z0, z1, temperature),
        state: { ...prefixed('backbone.', features.buffers), ...prefixed('projector.', embedded.buffers) },
        metrics: { embeddingStd: embeddingSpread(l2Normalize(z0)) },
      };
    },
    chanceLoss: ntXentChance,
  };
}
