import { z } from 'zod';

const scaling = () =>
  z
    .enum(['linear', 'sqrt', 'none'])
    .default('linear')
    .describe(
      'How the learning rate grows with the images of a step. linear: times images/256 (Goyal et al. 2017); sqrt: times sqrt(images/256) (SimCLR, appendix B.1); none: as it stands.',
    );

const learningRate = () =>
  z
    .number()
    .positive()
    .describe('Peak learning rate for steps of 256 images; `scaling` makes it that of the real steps.');

const weightDecay = (kind = 'added to the gradient (L2)') => z.number().min(0).describe(`Weight decay, ${kind}.`);

const exclude = () =>
  z
    .boolean()
    .describe('Leave biases and BatchNorm parameters out of weight decay (and, with LARS, out of the adaptation).');

const clipGradientNorm = () =>
  z
    .number()
    .positive()
    .optional()
    .describe(
      'Scale the gradients down to this norm, all of them taken as one vector, where it is larger; not clipped when absent.',
    );

const withMomentum = {
  momentum: z.number().min(0).lt(1).default(0.9).describe('Momentum.'),
  nesterov: z.boolean().default(false).describe("Nesterov's form of the momentum."),
};

const beta = () => z.number().min(0).lt(1);
const withMoments = {
  betas: z
    .tuple([beta(), beta()], { error: 'expected a list of two numbers, [0.9, 0.999] as a rule' })
    .default([0.9, 0.999])
    .describe('Decay of the running means of the gradient and of its square (Kingma and Ba 2015, arXiv:1412.6980).'),
  epsilon: z
    .number()
    .positive()
    .default(1e-8)
    .describe('Added to the root of the mean square, so that small gradients take small steps.'),
};

/** Stochastic gradient descent, equal to torch.optim.SGD. */
export const SgdConfig = z.strictObject({
  name: z.literal('sgd').default('sgd').describe('Stochastic gradient descent with momentum.'),
  learningRate: learningRate().default(0.06),
  scaling: scaling(),
  ...withMomentum,
  weightDecay: weightDecay().default(5e-4),
  excludeBiasAndNorm: exclude().default(false),
  clipGradientNorm: clipGradientNorm(),
});

/** Layer-wise adaptive rates (You et al. 2017, arXiv:1708.03888), as SimCLR and BYOL use them. */
export const LarsConfig = z.strictObject({
  name: z.literal('lars').describe('Layer-wise adaptive rate scaling, for large batches.'),
  learningRate: learningRate().default(0.3),
  scaling: scaling(),
  ...withMomentum,
  momentumForm: z
    .enum(['torch', 'google'])
    .default('torch')
    .describe(
      'Where the learning rate goes, which matters while it changes. torch: v = momentum v + u, w -= rate v (PyTorch, MoCo v3, lightly); google: v = momentum v + rate u, w -= v (google/simclr).',
    ),
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
      'Trust ratio of weights w and gradient g with decay d. joint: |w| / |g + d w| (google/simclr, BYOL, MoCo v3); sum: |w| / (|g| + d |w|) (the LARS paper, lightly, solo-learn).',
    ),
  clip: z
    .boolean()
    .default(false)
    .describe('Never step further than SGD would (LARC); solo-learn on CIFAR, with a trust coefficient of 0.02.'),
  excludeBiasAndNorm: exclude().default(true),
  clipGradientNorm: clipGradientNorm(),
});

/** Adam (Kingma and Ba 2015), equal to torch.optim.Adam. */
export const AdamConfig = z.strictObject({
  name: z.literal('adam').describe('Adam: each value has a step size of its own; the decay is part of the gradient.'),
  learningRate: learningRate().default(3e-4),
  scaling: scaling().default('none'),
  ...withMoments,
  weightDecay: weightDecay().default(0),
  excludeBiasAndNorm: exclude().default(false),
  clipGradientNorm: clipGradientNorm(),
});

/** AdamW (Loshchilov and Hutter 2019, arXiv:1711.05101), equal to torch.optim.AdamW; defaults of MoCo v3 for ViT. */
export const AdamwConfig = z.strictObject({
  name: z.literal('adamw').describe('Adam with a decay beside the gradient; MoCo v3 uses it for ViT.'),
  learningRate: learningRate().default(1.5e-4),
  scaling: scaling(),
  ...withMoments,
  weightDecay: weightDecay('times the learning rate, beside the gradient').default(0.1),
  excludeBiasAndNorm: exclude().default(false),
  clipGradientNorm: clipGradientNorm(),
});

/** The optimizer; `name` decides which settings there are. */
export const OptimizerConfig = z
  .discriminatedUnion('name', [SgdConfig, LarsConfig, AdamConfig, AdamwConfig], {
    error: 'expected a mapping with `name`',
  })
  .prefault({})
  .describe('The optimizer.');
