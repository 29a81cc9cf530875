import type { RunConfig } from '../config/run-config.ts';
import { cosineWarmup, scaleLearningRate } from '../optim/schedule.ts';
import { UserError } from '../util/errors.ts';

/** How many steps a run has, and the learning rate of each. */
export interface Steps {
  readonly perEpoch: number;
  readonly total: number;
  readonly warmup: number;
  /** The learning rate for the real batch that the warm-up ends at. */
  readonly peakRate: number;
  /** The learning rate of step 0, 1, ... */
  learningRate(step: number): number;
}

/**
 * Resolves epochs to steps and the learning rate to its value for the batch; an incomplete last batch is dropped.
 *
 * @throws UserError when the batch is larger than the data set.
 */
export function planSteps(
  imageCount: number,
  { schedule, optimizer }: Pick<RunConfig, 'schedule' | 'optimizer'>,
): Steps {
  const { batchSize, epochs, warmupEpochs, end } = schedule;
  if (batchSize > imageCount) {
    throw new UserError(`schedule.batchSize: expected at most the ${imageCount} training images, got ${batchSize}`, {
      exitCode: 2,
      hint: imageCount < 2 ? 'use more images' : `--set schedule.batchSize=${2 ** Math.floor(Math.log2(imageCount))}`,
    });
  }
  const perEpoch = Math.floor(imageCount / batchSize);
  const total = perEpoch * epochs;
  const warmup = Math.round(perEpoch * warmupEpochs);
  const peakRate = scaleLearningRate(optimizer.learningRate, batchSize, optimizer.scaling);
  const learningRate = cosineWarmup({ base: peakRate, warmupSteps: warmup, totalSteps: total, end });
  return { perEpoch, total, warmup, peakRate, learningRate };
}
