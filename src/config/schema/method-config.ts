import { z } from 'zod';
import { count } from './values.ts';

interface HeadDefaults {
  readonly hidden: number;
  readonly out: number;
  readonly layers: number;
  readonly batchNorm: boolean;
  readonly lastBias?: boolean | undefined;
  readonly lastBatchNorm?: 'none' | 'affine' | 'plain' | undefined;
}

const hidden = () => count().describe("Units of the hidden layers; SimCLR's paper uses the backbone's feature size.");
const layers = (least: number) => z.int().min(least).max(4);
const batchNorm = () =>
  z.boolean().describe('BatchNorm after each hidden linear layer, which then has no bias, as it would have no effect.');
const lastBias = () => z.boolean().describe('A bias in the last linear layer.');
const lastBatchNorm = () =>
  z
    .enum(['none', 'affine', 'plain'])
    .describe('BatchNorm after the last layer. affine: with scale and shift; plain: without, as in MoCo v3.');

function projector(defaults: HeadDefaults) {
  return z
    .strictObject({
      hidden: hidden().default(defaults.hidden),
      out: count().default(defaults.out).describe('Size of the embedding.'),
      layers: layers(1)
        .default(defaults.layers)
        .describe('Linear layers: 1 in MoCo v1, 2 in SimCLR, MoCo v2 and BYOL, 3 in SimCLR version 2 and MoCo v3.'),
      batchNorm: batchNorm().default(defaults.batchNorm),
      lastBias: lastBias().default(defaults.lastBias ?? true),
      lastBatchNorm: lastBatchNorm().default(defaults.lastBatchNorm ?? 'none'),
    })
    .prefault({})
    .describe('The head between features and loss; dropped after training.');
}

function predictor(defaults: Omit<HeadDefaults, 'out' | 'batchNorm'>) {
  return z
    .strictObject({
      hidden: hidden().default(defaults.hidden),
      layers: z
        .int()
        .min(1, { error: 'expected at least 1 (without a predictor the embeddings collapse; usual: 2)' })
        .max(4)
        .default(defaults.layers)
        .describe('Linear layers; its output has the size of the embedding.'),
      batchNorm: batchNorm().default(true),
      lastBias: lastBias().default(defaults.lastBias ?? true),
      lastBatchNorm: lastBatchNorm().default(defaults.lastBatchNorm ?? 'none'),
    })
    .prefault({})
    .describe('The head of the online network alone, which predicts the embedding of the target network.');
}

const temperature = (value: number, usual: string) =>
  z.number().positive().default(value).describe(`Temperature by which similarities are divided; ${usual}.`);

/** `end` is absent for a constant decay. */
function emaDecay(start: number, end: number | undefined) {
  const decay = () => z.number().min(0).max(1);
  return z
    .strictObject({
      start: decay().default(start).describe('Share of the target network that the first step keeps.'),
      end:
        end === undefined
          ? decay().optional().describe('Share that the last step keeps, half a cosine between; absent: constant.')
          : decay().default(end).describe('Share that the last step keeps, half a cosine between.'),
    })
    .prefault({})
    .describe('Moving average: after each step, target = decay target + (1 - decay) online, parameters only.');
}

/** SimCLR (Chen et al. 2020, arXiv:2002.05709; version 2 arXiv:2006.10029). */
export const SimclrConfig = z.strictObject({
  name: z.literal('simclr').describe('SimCLR: the two views of an image against all other views of the batch.'),
  temperature: temperature(0.2, '0.1 for ImageNet, 0.5 for CIFAR in the paper'),
  passes: z
    .enum(['joint', 'separate'])
    .default('joint')
    .describe(
      'joint: both views in one batch, so BatchNorm sees them together (google/simclr, lightly); separate: one after the other (solo-learn).',
    ),
  projector: projector({ hidden: 2048, out: 128, layers: 2, batchNorm: true }),
});

/** MoCo v1, v2 and v2+ (He et al. 2020, arXiv:1911.05722; Chen et al. 2020, arXiv:2003.04297; solo-learn's v2+). */
export const MocoConfig = z
  .strictObject({
    name: z.literal('moco').describe('MoCo: queries against a queue of keys from a moving average of the network.'),
    temperature: temperature(0.2, '0.07 in version 1, 0.2 in version 2, 0.1 for CIFAR'),
    queueSize: count()
      .default(65536)
      .describe('Keys in the queue, at most the number of images: 65536 for ImageNet, 4096 for CIFAR.'),
    queues: z
      .union([z.literal(1), z.literal(2)], { error: 'expected 1 or 2' })
      .default(1)
      .describe('2: a queue for the keys of each view (version 2+); needs a symmetric loss.'),
    symmetric: z
      .enum(['none', 'mean', 'sum'])
      .default('none')
      .describe(
        'none: the first view asks, the second answers; mean, sum: both ways, before any key enters the queue (version 2+; the CIFAR demo).',
      ),
    emaDecay: emaDecay(0.999, undefined),
    batchNormGroups: count()
      .default(1)
      .describe('Groups of the batch that BatchNorm normalises apart, as devices would: 8 in the CIFAR demo.'),
    shuffleKeys: z
      .boolean()
      .default(false)
      .describe(
        'Shuffle the keys among the BatchNorm groups, so that a query and its key share no statistics. Needs groups.',
      ),
    projector: projector({ hidden: 2048, out: 128, layers: 2, batchNorm: false }),
  })
  .refine(({ queues, symmetric }) => queues === 1 || symmetric !== 'none', {
    path: ['queues'],
    error: 'expected 1 unless `method.symmetric` is "mean" or "sum": one direction fills one queue',
  })
  .refine(({ shuffleKeys, batchNormGroups }) => !shuffleKeys || batchNormGroups > 1, {
    path: ['shuffleKeys'],
    error: 'expected `method.batchNormGroups` above 1 with it: within one group a shuffle changes nothing (usual: 8)',
  });

/** MoCo v3 (Chen, Xie and He 2021, arXiv:2104.02057). */
export const MocoV3Config = z.strictObject({
  name: z.literal('mocov3').describe('MoCo v3: no queue, a predictor, and the other keys of the batch as negatives.'),
  temperature: temperature(0.2, '1.0 for ResNet-50, 0.2 for ViT and for CIFAR'),
  emaDecay: emaDecay(0.99, 1),
  projector: projector({
    hidden: 4096,
    out: 256,
    layers: 2,
    batchNorm: true,
    lastBias: false,
    lastBatchNorm: 'plain',
  }),
  predictor: predictor({ hidden: 4096, layers: 2, lastBias: false }),
});

/** BYOL (Grill et al. 2020, arXiv:2006.07733). */
export const ByolConfig = z.strictObject({
  name: z.literal('byol').describe('BYOL: predicts what a moving average of the network sees in the other view.'),
  emaDecay: emaDecay(0.99, 1),
  projector: projector({ hidden: 4096, out: 256, layers: 2, batchNorm: true, lastBias: false }),
  predictor: predictor({ hidden: 4096, layers: 2, lastBias: false }),
});

/** The contrastive method; `name` decides which settings there are. */
export const MethodConfig = z
  .discriminatedUnion('name', [SimclrConfig, MocoConfig, MocoV3Config, ByolConfig], {
    error: 'expected a mapping with `name`',
  })
  .describe('The contrastive method.');
