import type { Backbone } from '../../backbones/backbone.ts';
import type { BackboneConfig } from '../../config/run-config.ts';
import type { Layer } from '../../nn/layer.ts';
import type { HostTensor } from '../../runtime/host-tensor.ts';
import type { EvaluationView } from '../views/evaluation-view.ts';

/** An encoder as it is exported: what builds it, its tensors, and how it is fed. */
export interface ExportedEncoder {
  readonly settings: BackboneConfig;
  readonly backbone: Backbone;
  /** Behind the backbone where its embedding is exported in place of the features. */
  readonly projector: { readonly layer: Layer; readonly size: number } | undefined;
  /** `backbone.*`, and `projector.*` where the projector is exported. */
  readonly tensors: Readonly<Record<string, HostTensor>>;
  readonly view: Pick<EvaluationView, 'transform' | 'normalization'>;
}

/** The tensors of a state whose names begin with `prefix`, without it. */
export function tensorsOf<T>(tensors: Readonly<Record<string, T>>, prefix: string): Record<string, T> {
  return Object.fromEntries(
    Object.entries(tensors).flatMap(([name, tensor]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), tensor] as const] : [],
    ),
  );
}

/** Width of what the encoder gives for an image. */
export function widthOf({ backbone, projector }: Pick<ExportedEncoder, 'backbone' | 'projector'>): number {
  return projector?.size ?? backbone.featureSize;
}
