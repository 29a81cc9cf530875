import { z } from 'zod';
import { count } from './values.ts';

/** The network that is kept: a ResNet as in torchvision. */
export const BackboneConfig = z
  .strictObject({
    name: z.enum(['resnet18', 'resnet34', 'resnet50']).default('resnet18').describe('Architecture (He et al. 2016).'),
    stem: z
      .enum(['imagenet', 'cifar'])
      .default('imagenet')
      .describe(
        'First layers. imagenet: 7x7 convolution with stride 2 and max-pool; cifar: 3x3 with stride 1 and no pool, for images up to about 64 px.',
      ),
    width: count()
      .max(1024)
      .default(64)
      .describe('Channels of the first stage; 64 is the published network, 128 the x2 one.'),
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
  })
  .prefault({})
  .describe('The network whose features are kept.');
