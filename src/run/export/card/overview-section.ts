import { elementCount } from '../../../runtime/host-tensor.ts';
import { formatCount, formatPlural } from '../../../util/format-count.ts';
import { type ExportedEncoder, tensorsOf } from '../exported-encoder.ts';
import { projectorParts } from '../projector.ts';
import type { CardFacts } from './card-facts.ts';
import { table } from './markdown.ts';
import { METHODS } from './names.ts';

/** Settings of a backbone that only decide its first weights. */
const FIRST_WEIGHTS = ['name', 'init', 'zeroInitResidual'];

function parametersOf({ backbone }: ExportedEncoder): number {
  return Object.values(backbone.layer.variables)
    .filter(({ kind }) => kind === 'parameter')
    .reduce((sum, { shape }) => sum + elementCount(shape), 0);
}

function projectorWords({ tensors }: ExportedEncoder): string {
  const parts = projectorParts(tensorsOf(tensors, 'projector.'));
  const words = parts.map((part) => {
    if (part.kind === 'linear') return `Linear(${part.input}, ${part.output}${part.bias ? '' : ', no bias'})`;
    return part.kind === 'batchNorm' ? `BatchNorm(${part.size}${part.affine ? '' : ', not affine'})` : 'ReLU';
  });
  return words.join(', ');
}

function featureWords({ choice, description }: CardFacts): string {
  const { features, part, size } = description;
  if (part === 'projector') return `${formatCount(features)}: the embedding of the projector`;
  const isVit = description.backbone.startsWith('vit');
  const pooled = isVit ? 'the normalised class token' : 'the last map, averaged over its positions';
  const pyramid = ` the maps of its four stages, c2 to c5, at 1/4 to 1/32 of ${size} pixels where the stem is ImageNet's`;
  return `${formatCount(features)}: ${pooled}${choice.features === 'pyramid' ? `; and${pyramid}` : ''}`;
}

/** What the encoder is, in a sentence and a table. */
export function overviewSection(facts: CardFacts): string {
  const { encoder, description, data, training } = facts;
  const settings = Object.entries(encoder.settings)
    .filter(([key]) => !FIRST_WEIGHTS.includes(key))
    .map(([key, value]) => `${key} ${String(value)}`);
  const images = data.images === undefined ? 'images' : formatPlural(data.images, 'image');
  const rows = [
    ['architecture', `\`${description.backbone}\`${settings.length > 0 ? ` (${settings.join(', ')})` : ''}`],
    ['parameters', `${formatCount(parametersOf(encoder))} of the backbone`],
    ...(description.part === 'projector' ? [['projector', projectorWords(encoder)]] : []),
    ['features', featureWords(facts)],
    ['input', `RGB images of ${description.size} x ${description.size} pixels`],
  ];
  return `An image encoder without a classifier, pretrained by ${METHODS[training.method.name]} on ${images} without using labels, for ${formatPlural(description.epoch, 'epoch')}. Its weights and this card were written by ${facts.tool}.\n\n${table(['', ''], rows)}`;
}
