import { RESNETS, VITS } from '../../backbones/create-backbone.ts';
import { attentionHeads, DEPTH, PATCH } from '../../backbones/vit.ts';
import type { LoaderLines } from './loader-lines.ts';
import { type ResnetConfig, resnetLikeness } from './resnet-stem.ts';
import type { TorchEncoder } from './torch-names.ts';

/** How torchvision's classes become an encoder of ours. */
export function torchvisionLoader({ backbone, size }: TorchEncoder): LoaderLines {
  if ('stem' in backbone) return resnetLines(backbone);
  const { size: values } = VITS[backbone.name];
  const heads = attentionHeads(VITS[backbone.name], backbone);
  return {
    imports: ['from torch import nn', 'from torchvision.models import VisionTransformer'],
    model: [
      'model = VisionTransformer(',
      `    image_size=${size}, patch_size=${PATCH}, num_layers=${DEPTH},`,
      `    num_heads=${heads}, hidden_dim=${values}, mlp_dim=${4 * values},`,
      ')',
      'model.heads = nn.Identity()',
    ],
    features: values,
  };
}

function resnetLines(settings: ResnetConfig): LoaderLines {
  const variant = RESNETS[settings.name];
  const { name, width, isPublished, stem, features } = resnetLikeness(settings, variant);
  const block = variant.block === 'basic' ? 'BasicBlock' : 'Bottleneck';
  const stages = variant.stages.map(
    (count, i) =>
      `model.layer${i + 1} = model._make_layer(${block}, ${width * 2 ** i}, ${count}${i > 0 ? ', stride=2' : ''})`,
  );
  return {
    imports: [
      'from torch import nn',
      `from torchvision.models import ${name}`,
      ...(isPublished ? [] : [`from torchvision.models.resnet import ${block}`]),
    ],
    model: [
      `model = ${name}()`,
      ...stem,
      ...(isPublished ? [] : [`model.inplanes = ${width}`, ...stages]),
      'model.fc = nn.Identity()',
    ],
    features,
  };
}
