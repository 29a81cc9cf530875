import { z } from 'zod';
import { count } from './values.ts';

const CosineDecay = z.strictObject({
  name: z.literal('cosine').default('cosine').describe('Half a cosine down to `end`.'),
  end: z.number().min(0).max(1).default(0).describe('Share of the peak learning rate that the cosine ends at.'),
});

const StepDecay = z.strictObject({
  name: z.literal('step').describe('A fall by `factor` at each milestone.'),
  milestones: z
    .array(z.number().positive(), { error: 'expected a list of epochs, for example [120, 160]' })
    .min(1)
    .refine((epochs) => epochs.every((epoch, i) => i === 0 || epoch > (epochs[i - 1] as number)), {
      error: 'expected epochs in rising order',
    })
    .describe('Epochs after which the learning rate falls, counted from the start; 120 and 160 of 200 in MoCo v1.'),
  factor: z.number().positive().lt(1).default(0.1).describe('What each milestone multiplies the learning rate by.'),
});

const ConstantDecay = z.strictObject({
  name: z.literal('constant').describe('No fall: the peak learning rate until the end.'),
});

/** How the learning rate falls after the warm-up. */
const DecayConfig = z
  .discriminatedUnion('name', [CosineDecay, StepDecay, ConstantDecay], {
    error: 'expected a mapping with `name`',
  })
  .prefault({})
  .describe('How the learning rate falls after the warm-up.');

/** How long to train, with which batches, and how the learning rate goes: warm-up, then decay. */
export const ScheduleConfig = z
  .strictObject({
    epochs: count().default(200).describe('Passes over the training images.'),
    batchSize: z
      .int()
      .min(2, {
        error: 'expected at least 2 (a single image has no negatives, and BatchNorm normalises it to 0; usual: 256)',
      })
      .default(256)
      .describe(
        'Images that go through the network at once; each gives two views. An incomplete last step is dropped.',
      ),
    accumulate: count()
      .default(1)
      .describe(
        'Batches whose gradients make one step. The negatives of a contrastive loss stay those of one batch: this saves memory and does not stand for a larger batch.',
      ),
    warmupEpochs: z
      .number()
      .min(0)
      .default(0)
      .describe('Epochs of linear warm-up. Fractions are allowed where the rate changes every step.'),
    warmupFrom: z
      .number()
      .min(0)
      .max(1)
      .optional()
      .describe(
        'Share s of the peak learning rate that the warm-up starts at: step i of W has s + (1 - s) i/W; 0 in BYOL and MoCo v3. When absent, step i has (i + 1)/W.',
      ),
    decay: DecayConfig,
    every: z
      .enum(['step', 'epoch'])
      .default('step')
      .describe(
        'When the learning rate changes. step: at every step (SimCLR, BYOL, MoCo v3); epoch: only at the start of an epoch (MoCo v1 and v2).',
      ),
  })
  // Epochs that are no number of epochs are told alone.
  .refine(({ epochs, warmupEpochs }) => warmupEpochs < epochs || !(epochs >= 1), {
    path: ['warmupEpochs'],
    error: ({ input }) =>
      `expected fewer than \`schedule.epochs\`, which is ${(input as { epochs: number }).epochs} (such as 0)`,
  })
  .refine((schedule) => schedule.every === 'step' || Number.isInteger(schedule.warmupEpochs), {
    path: ['warmupEpochs'],
    error: 'expected a whole number of epochs with `schedule.every: epoch`',
  })
  .prefault({})
  .describe('Length of training and course of the learning rate.');
