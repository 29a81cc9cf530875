import { projectorOf } from '../../methods/networks.ts';
import type { Layer } from '../../nn/layer.ts';
import type { HostTensor } from '../../runtime/host-tensor.ts';
import { UserError } from '../../util/errors.ts';
import type { Model } from '../assembly/model.ts';
import type { OpenedEncoder } from '../encoder/open-encoder.ts';
import { restorePart } from '../encoder/restore-part.ts';

/** What rows of a table are: outputs of the backbone, or of the projector behind it. */
export type FeatureKind = 'backbone' | 'embedding';

/** The network that makes rows of a table. */
export interface EmbeddingNetwork {
  /** Values of a row. */
  readonly width: number;
  readonly tensors: Readonly<Record<string, HostTensor>>;
  readonly projector: Layer | undefined;
}

/**
 * The network of features, or of embeddings, whose projector is in the state of a checkpoint.
 *
 * @throws UserError (exit code 2) where embeddings are wanted of weights without a projector.
 */
export function embeddingNetwork(opened: OpenedEncoder, model: Model, kind: FeatureKind): EmbeddingNetwork {
  const { tensors, state, config, path } = opened;
  const { featureSize } = model.backbone;
  if (kind === 'backbone') return { width: featureSize, tensors, projector: undefined };
  if (state === undefined) {
    throw new UserError(`--features embedding: expected a run or its checkpoint, got the file of weights ${path}`, {
      hint: 'Embeddings come from the projector, which is not among these weights: --features backbone, or --run DIR.',
      exitCode: 2,
    });
  }
  const projector = projectorOf(featureSize, config.method.projector);
  return {
    width: config.method.projector.out,
    tensors: { ...tensors, ...restorePart(state, 'projector', projector, path) },
    projector,
  };
}
