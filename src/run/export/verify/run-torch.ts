import { createBackbone } from '../../../backbones/create-backbone.ts';
import { BackboneConfig } from '../../../config/schema/backbone-config.ts';
import { fromTorchLayout } from '../../../interop/torch/torch-layout.ts';
import { matchBackbone } from '../../../interop/weights/match-backbone.ts';
import { readWeights, type WeightsFile } from '../../../interop/weights/read-weights.ts';
import { prefixed } from '../../../nn/layer.ts';
import { mlp } from '../../../nn/mlp.ts';
import type { HostTensor } from '../../../runtime/host-tensor.ts';
import { UserError } from '../../../util/errors.ts';
import { type ExportedEncoder, tensorsOf } from '../exported-encoder.ts';
import type { Manifest } from '../manifest.ts';
import { projectorOptions } from '../projector.ts';
import { referenceFeatures } from '../reference-features.ts';

/** The backbone that an export's settings describe. */
function backboneOf({ encoder }: Manifest): Pick<ExportedEncoder, 'settings' | 'backbone'> {
  const parsed = BackboneConfig.safeParse(tensorsOf(encoder.settings, 'backbone.'));
  if (!parsed.success) throw new UserError('expected the settings of a backbone in export.json, got others');
  const settings = parsed.data;
  return { settings, backbone: createBackbone(settings.name, { ...settings, viewSize: encoder.size }) };
}

/** The projector's tensors of a file in the layout of a state, without what only PyTorch counts. */
function projectorOf({ tensors }: WeightsFile): Record<string, HostTensor> {
  const own = Object.entries(tensorsOf(tensors, 'projector.')).filter(
    ([name]) => !name.endsWith('num_batches_tracked'),
  );
  return Object.fromEntries(own.map(([name, tensor]) => [name, fromTorchLayout(name, tensor)]));
}

/** Reads a file of weights back into our network, as a run that starts from it does, and runs that. */
export async function runTorch(
  path: string,
  manifest: Manifest,
  images: HostTensor,
): Promise<Record<string, HostTensor>> {
  const file = await readWeights(path);
  const { settings, backbone } = backboneOf(manifest);
  const { size, resize, mean, std } = manifest.encoder;
  const { tensors } = matchBackbone(file, { settings, variables: backbone.layer.variables, size });
  const projector = manifest.part === 'projector' ? projectorOf(file) : undefined;
  const options = projector && projectorOptions(projector);
  const encoder: ExportedEncoder = {
    settings,
    backbone,
    projector: options && { layer: mlp(options), size: options.output },
    tensors: { ...tensors, ...prefixed('projector.', projector ?? {}) },
    view: {
      transform: { size, resize, interpolation: 'bilinear' },
      normalization: { mean: mean as never, std: std as never },
    },
  };
  return referenceFeatures(encoder, images, manifest.features === 'pyramid');
}
