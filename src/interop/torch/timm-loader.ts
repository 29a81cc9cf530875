import { RESNETS, VITS } from '../../backbones/create-backbone.ts';
import { EXPANSION } from '../../backbones/resnet.ts';
import { attentionHeads } from '../../backbones/vit.ts';
import type { LoaderLines } from './loader-lines.ts';
import { type ResnetConfig, resnetLikeness } from './resnet-stem.ts';
import type { TorchEncoder } from './torch-names.ts';

/** timm's names of the vision transformers, with what `create_model` takes if nothing is said. */
const TIMM_VITS = {
  'vit-tiny-16': { name: 'vit_tiny_patch16_224', heads: 3 },
  'vit-small-16': { name: 'vit_small_patch16_224', heads: 6 },
} as const;
const TIMM_VIT_SIZE = 224;

/** How timm's classes become an encoder of ours. */
export function timmLoader({ backbone, size }: TorchEncoder): LoaderLines {
  if ('stem' in backbone) return resnetLines(backbone);
  const { size: values } = VITS[backbone.name];
  const heads = attentionHeads(VITS[backbone.name], backbone);
  const theirs = TIMM_VITS[backbone.name];
  const options = [
    'num_classes=0',
    ...(size === TIMM_VIT_SIZE ? [] : [`img_size=${size}`]),
    ...(heads === theirs.heads ? [] : [`num_heads=${heads}`]),
  ];
  return {
    imports: ['import timm'],
    model: [`model = timm.create_model("${theirs.name}", ${options.join(', ')})`],
    features: values,
  };
}

function resnetLines(settings: ResnetConfig): LoaderLines {
  const variant = RESNETS[settings.name];
  const { name, width, isPublished, stem, features } = resnetLikeness(settings, variant);
  const channels = [1, 2, 4, 8].map((times) => times * width).join(', ');
  const isBasic = variant.block === 'basic';
  const output = width * EXPANSION[variant.block];
  // The first block alone reads what the stem gives, for which timm takes 64 channels.
  const first = isBasic
    ? [`model.layer1[0] = BasicBlock(${width}, ${width})`]
    : [
        'model.layer1[0] = Bottleneck(',
        `    ${width}, ${width}, downsample=downsample_conv(${width}, ${output}, kernel_size=1)${
          'widenInner' in variant ? `, base_width=${64 * variant.widenInner}` : ''
        }`,
        ')',
      ];
  const parts = isBasic ? 'BasicBlock' : 'Bottleneck, downsample_conv';
  return {
    imports: [
      'import timm',
      ...(isPublished ? [] : [`from timm.models.resnet import ${parts}`]),
      ...(stem.length === 0 ? [] : ['from torch import nn']),
    ],
    model: [
      `model = timm.create_model("${name}", num_classes=0${isPublished ? '' : `, channels=(${channels})`})`,
      ...stem,
      ...(isPublished ? [] : first),
    ],
    features,
  };
}
