import { z } from 'zod';
import { count } from './values.ts';

/** SimCLR (Chen et al. 2020, arXiv:2002.05709; version 2 arXiv:2006.10029). */
export const SimclrConfig = z.strictObject({
  name: z.literal('simclr').describe('SimCLR: the two views of an image against all other views of the batch.'),
  temperature: z
    .number()
    .positive()
    .default(0.2)
    .describe('Softmax temperature of NT-Xent; 0.1 for ImageNet, 0.5 for CIFAR in the paper.'),
  projector: z
    .strictObject({
      hidden: count().default(2048).describe("Units of the hidden layers; the paper uses the backbone's feature size."),
      out: count().default(128).describe('Size of the embedding.'),
      layers: z
        .union([z.literal(2), z.literal(3)], { error: 'expected 2 or 3' })
        .default(2)
        .describe('Linear layers: 2 in SimCLR, 3 in version 2.'),
      batchNorm: z
        .boolean()
        .default(true)
        .describe(
          'BatchNorm after each hidden linear layer, which then has no bias; the last layer has a bias and no BatchNorm.',
        ),
    })
    .prefault({})
    .describe('The head between features and loss; dropped after training.'),
});

/** The contrastive method; `name` decides which settings there are. */
export const MethodConfig = z
  .discriminatedUnion('name', [SimclrConfig], { error: 'expected a mapping with `name`' })
  .describe('The contrastive method.');
