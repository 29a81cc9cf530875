import type { ExportFormat } from '../../../config/export-formats.ts';
import type { CardFacts } from './card-facts.ts';

const LIBRARIES: Readonly<Record<ExportFormat, string>> = {
  torchvision: 'torchvision',
  timm: 'timm',
  onnx: 'onnx',
  savedmodel: 'tensorflow',
  tfjs: 'tfjs',
};

/** What a hub reads of a card (YAML); the licence is left to whoever publishes it. */
export function frontMatter({ choice, description, training }: CardFacts): string {
  const libraries = choice.formats.map((format) => LIBRARIES[format]);
  const isTorch = choice.formats.some((format) => format === 'torchvision' || format === 'timm');
  const tags = [
    'self-supervised-learning',
    'contrastive-learning',
    training.method.name,
    description.backbone,
    ...(isTorch ? ['pytorch', 'safetensors'] : []),
    ...libraries,
  ];
  return `---
license: # fill in before publishing: the licence of these weights, such as apache-2.0
library_name: ${libraries[0] ?? 'torchvision'}
pipeline_tag: image-feature-extraction
tags:
${[...new Set(tags)].map((tag) => `  - ${tag}`).join('\n')}
---`;
}
