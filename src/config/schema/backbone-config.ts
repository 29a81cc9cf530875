import { z } from 'zod';
import { autoOrCount, count } from './values.ts';

/** A ResNet as in torchvision (He et al. 2016). */
export const ResnetConfig = z.strictObject({
  name: z
    .enum([
      'resnet18',
      'resnet34',
      'resnet50',
      'resnet101',
      'resnet18x2',
      'resnet50x2',
      'resnet101x2',
      'wide-resnet50-2',
    ])
    .default('resnet18')
    .describe(
      "ResNet (He et al. 2016). x2: twice the channels everywhere, as SimCLR's wide ones; wide-resnet50-2: torchvision's, twice the channels inside bottlenecks.",
    ),
  stem: z
    .enum(['imagenet', 'cifar'])
    .default('imagenet')
    .describe(
      'First layers. imagenet: 7x7 convolution with stride 2 and max-pool; cifar: 3x3 with stride 1 and no pool, for images up to about 64 px.',
    ),
  width: count().max(1024).default(64).describe('Channels of the first stage, before x2; 64 is the published network.'),
  zeroInitResidual: z
    .boolean()
    .default(false)
    .describe(
      'Start the last BatchNorm scale of every block at 0, so that blocks start as identity (Goyal et al. 2017).',
    ),
  init: z
    .enum(['he-fan-out', 'torch'])
    .default('he-fan-out')
    .describe(
      "First weights of convolutions. he-fan-out: torchvision's ResNet; torch: PyTorch's layer default, uniform within 1/sqrt(fan-in).",
    ),
});

/** A vision transformer as in MoCo v3 (arXiv:2104.02057). */
export const VitConfig = z.strictObject({
  name: z
    .enum(['vit-tiny-16', 'vit-small-16'])
    .describe(
      "Vision transformer of 16-pixel patches as MoCo v3's, with a fixed random patch projection; for views whose size is a multiple of 16.",
    ),
  positions: z
    .enum(['fixed', 'learned'])
    .default('fixed')
    .describe(
      "fixed: sines and cosines of row and column, for views of every size, as MoCo v3's; learned: parameters, for views of one size, as timm's and torchvision's.",
    ),
  heads: autoOrCount()
    .default('auto')
    .describe(
      "Heads of attention. auto: MoCo v3's, 3 for vit-tiny-16, 12 for vit-small-16; timm's and DINO's ViT-S has 6, which its weights need.",
    ),
});

/** The network that is kept; `name` decides which settings there are. */
export const BackboneConfig = z
  .discriminatedUnion('name', [ResnetConfig, VitConfig], { error: 'expected a mapping with `name`' })
  .prefault({})
  .describe('The network whose features are kept.');
