import { z } from 'zod';

const shared = {
  scaling: z
    .enum(['linear', 'sqrt', 'none'])
    .default('linear')
    .describe(
      'How the learning rate grows with the batch. linear: times batch/256 (Goyal et al. 2017); sqrt: times sqrt(batch/256) (SimCLR, appendix B.1); none: as it stands.',
    ),
  momentum: z.number().min(0).lt(1).default(0.9).describe('Momentum.'),
  nesterov: z.boolean().default(false).describe("Nesterov's form of the momentum."),
};

const learningRate = () =>
  z.number().positive().describe('Peak learning rate for a batch of 256; `scaling` makes it that of the real batch.');
const weightDecay = () => z.number().min(0).describe('Weight decay, added to the gradient (L2).');
const exclude = () =>
  z
    .boolean()
    .describe('Leave biases and BatchNorm parameters out of weight decay (and, with LARS, out of the adaptation).');

/** Stochastic gradient descent, equal to torch.optim.SGD. */
export const SgdConfig = z.strictObject({
  name: z.literal('sgd').default('sgd').describe('Stochastic gradient descent with momentum.'),
  learningRate: learningRate().default(0.06),
  ...shared,
  weightDecay: weightDecay().default(5e-4),
  excludeBiasAndNorm: exclude().default(false),
});

/** Layer-wise adaptive rates (You et al. 2017, arXiv:1708.03888), as SimCLR and BYOL use them. */
export const LarsConfig = z.strictObject({
  name: z.literal('lars').describe('Layer-wise adaptive rate scaling, for large batches.'),
  learningRate: learningRate().default(0.3),
  ...shared,
  weightDecay: weightDecay().default(1e-6),
  trustCoefficient: z
    .number()
    .positive()
    .default(0.001)
    .describe('Trust coefficient: a step is this share of the norm of the weights.'),
  trustForm: z
    .enum(['joint', 'sum'])
    .default('joint')
    .describe(
      'Trust ratio of weights w and gradient g with decay d. joint: |w| / |g + d w| (google/simclr, BYOL, MoCo v3); sum: |w| / (|g| + d |w|) (the LARS paper, lightly).',
    ),
  clip: z
    .boolean()
    .default(false)
    .describe('Never step further than SGD would (LARC); solo-learn on CIFAR, with a trust coefficient of 0.02.'),
  excludeBiasAndNorm: exclude().default(true),
});

/** The optimizer; `name` decides which settings there are. */
export const OptimizerConfig = z
  .discriminatedUnion('name', [SgdConfig, LarsConfig], { error: 'expected a mapping with `name`' })
  .prefault({})
  .describe('The optimizer.');
