import type { WeightsFile } from './read-weights.ts';

/** Networks that are no backbones here, by names of their tensors; the first that fits. */
const ARCHITECTURES: readonly (readonly [what: string, ...names: readonly RegExp[]])[] = [
  ['DINOv3, or another vision transformer with rotary positions', /(^|\.)rope(_embed)?\./],
  ['DINOv2, or another vision transformer with layer scale', /(^|\.)blocks\.\d+(\.\d+)?\.ls1\.gamma$/, /patch_embed/],
  ['a vision transformer of the transformers library', /(^|\.)layer\.\d+\.attention\.attention\.query\.weight$/],
  ['a ResNet of the transformers library', /(^|\.)embedder\.embedder\.convolution\.weight$/],
  ['CLIP', /(^|\.)visual\.(conv1|transformer|trunk|positional_embedding)/],
  ['Swin', /relative_position_bias_table$/],
  ['ConvNeXt', /(^|\.)(stages\.\d+\.blocks\.\d+\.conv_dw|downsample_layers\.0\.0)\.weight$/],
  ['ConvNeXt', /(^|\.)features\.1\.0\.layer_scale$/],
  ['EfficientNet', /(^|\.)_?conv_stem\.weight$/],
  ['EfficientNet or MobileNet', /(^|\.)features\.1\.0?\.?(block|conv)\.0\.0\.weight$/],
  ['DenseNet', /(^|\.)features\.denseblock1\./],
  ['RegNet', /(^|\.)(trunk_output\.block1|s1\.b1)[.-]/],
  ['VGG', /(^|\.)features\.0\.weight$/, /(^|\.)classifier\.0\.weight$/],
  ['a detector of detectron2', /(^|\.)(stem\.conv1|res2\.0\.conv1)\.weight$/],
  ['YOLO', /(^|\.)model\.0\.conv\.weight$/],
  ['a network with squeeze-and-excitation', /(^|\.)layer1\.0\.se(_module)?\./],
  ['a language model', /(^|\.)(embed_tokens|word_embeddings|wte)\.weight$/],
];

/** Sizes of vision transformers, by the values of a token. */
const VIT_SIZES: Readonly<Record<number, string>> = { 192: 'Ti', 384: 'S', 768: 'B', 1024: 'L', 1280: 'H', 1408: 'g' };

/** What a file's network seems to be, for a sentence; undefined for what is unknown. */
export function nameArchitecture({ tensors, layout }: WeightsFile): string | undefined {
  const names = Object.keys(tensors);
  const found = ARCHITECTURES.find(([, ...patterns]) =>
    patterns.every((pattern) => names.some((name) => pattern.test(name))),
  );
  return found?.[0] ?? (layout === 'torch' ? (nameVit(names, tensors) ?? nameResnet(names, tensors)) : undefined);
}

/** A vision transformer of another size, by its projection of patches [size, 3, patch, patch]. */
function nameVit(names: readonly string[], tensors: WeightsFile['tensors']): string | undefined {
  const projection = names.find((name) => /(^|\.)(patch_embed\.proj|conv_proj)\.weight$/.test(name));
  const [size, , patch] = tensors[projection ?? '']?.shape ?? [];
  if (size === undefined || patch === undefined) return undefined;
  const known = VIT_SIZES[size];
  const blocks = new Set(names.flatMap((name) => /(?:blocks\.|encoder_layer_)(\d+)\./.exec(name)?.[1] ?? []));
  const label = known === undefined ? 'a vision transformer' : `ViT-${known}/${patch}`;
  return `${label} (tokens of ${size} values, patches of ${patch} pixels, ${blocks.size} blocks)`;
}

/** A ResNet of other blocks, by their numbers and the groups of its filters. */
function nameResnet(names: readonly string[], tensors: WeightsFile['tensors']): string | undefined {
  const inner = names.find((name) => /(^|\.)layer1\.0\.conv2\.weight$/.test(name));
  const [output = 0, input = 0] = tensors[inner ?? '']?.shape ?? [];
  if (inner === undefined) return undefined;
  if (output !== input && input > 0) return `ResNeXt (filters in ${output / input} groups)`;
  const blocks = [1, 2, 3, 4].map(
    (stage) =>
      new Set(names.flatMap((name) => new RegExp(`(?:^|\\.)layer${stage}\\.(\\d+)\\.`).exec(name)?.[1] ?? [])).size,
  );
  return `a ResNet of ${blocks.join(', ')} blocks`;
}
