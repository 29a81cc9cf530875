import { z } from 'zod';
import { count } from './values.ts';

/** How a GPU computes; the defaults are those of the session. */
export const GpuConfig = z
  .strictObject({
    tf32: z
      .boolean()
      .default(true)
      .describe(
        'TensorFloat-32 in products and convolutions of float32, on cards from Ampere on: 10 bits of mantissa, several times the speed.',
      ),
    xla: z
      .enum(['off', 'views', 'step'])
      .default('off')
      .describe('What XLA compiles: nothing, the views, or all that it can of a step.'),
    layoutOptimizer: z
      .boolean()
      .default(true)
      .describe('Let TensorFlow choose between NHWC and NCHW; false: NHWC throughout.'),
    memoryGrowth: z
      .boolean()
      .default(true)
      .describe('Take memory of the card as it is needed; false: nearly all of it at once.'),
    memoryLimit: count().optional().describe('The most memory of the card that is taken, in MiB; all when absent.'),
    stageBatches: z.boolean().default(true).describe('Copy the next batch to the card while a step runs.'),
    autotune: z
      .boolean()
      .optional()
      .describe('Have cuDNN time its algorithms and take the fastest. When absent: unless `deterministic` is true.'),
  })
  .prefault({})
  .describe('How a GPU computes. On the CPU none of it is heard.');
