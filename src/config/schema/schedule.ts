import { z } from 'zod';
import { count } from './values.ts';

/** How long to train, and how the learning rate goes: warm-up, then half a cosine, each step anew. */
export const ScheduleConfig = z
  .strictObject({
    epochs: count().default(200).describe('Passes over the training images.'),
    batchSize: z
      .int()
      .min(2)
      .default(256)
      .describe('Images in a step; each gives two views. An incomplete last batch is dropped.'),
    warmupEpochs: z
      .number()
      .min(0)
      .default(0)
      .describe('Epochs of linear warm-up: step i of W has (i + 1)/W of the peak rate. Fractions are allowed.'),
    end: z.number().min(0).max(1).default(0).describe('Share of the peak learning rate that the cosine ends at.'),
  })
  .refine((schedule) => schedule.warmupEpochs < schedule.epochs, {
    path: ['warmupEpochs'],
    error: 'expected fewer than `schedule.epochs`',
  })
  .prefault({})
  .describe('Length of training and course of the learning rate.');
