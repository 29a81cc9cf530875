import type { OptimizerConfig, ScheduleConfig } from '../../config/run-config.ts';
import type { EmaDecay } from '../../methods/method.ts';
import { emaDecaySchedule } from '../../optim/ema-schedule.ts';
import { learningRateSchedule, scaleLearningRate } from '../../optim/learning-rate-schedule.ts';
import { UserError } from '../../util/errors.ts';
import { formatPlural } from '../../util/format-count.ts';

/** How many steps a run has, and the learning rate of each. */
export interface Steps {
  readonly epochs: number;
  readonly perEpoch: number;
  readonly total: number;
  /** Images behind one optimizer step: those of all its batches. */
  readonly imagesPerStep: number;
  /** Steps of warm-up. */
  readonly warmup: number;
  /** The learning rate for the real steps that the warm-up ends at. */
  readonly peakRate: number;
  /** The learning rate of step 0, 1, ... */
  learningRate(step: number): number;
}

/**
 * Resolves epochs to steps and the learning rate to its value for their images; an incomplete last step is dropped.
 *
 * @throws UserError when a step takes more images than there are.
 */
export function planSteps(
  imageCount: number,
  { schedule, optimizer }: { readonly schedule: ScheduleConfig; readonly optimizer: OptimizerConfig },
): Steps {
  const { batchSize, accumulate, epochs, warmupEpochs, warmupFrom, every, decay } = schedule;
  const imagesPerStep = batchSize * accumulate;
  if (imagesPerStep > imageCount) throw tooFewImages(imageCount, batchSize, accumulate);
  const perEpoch = Math.floor(imageCount / imagesPerStep);
  const total = perEpoch * epochs;
  const warmup = Math.round(perEpoch * warmupEpochs);
  const peakRate = scaleLearningRate(optimizer.learningRate, imagesPerStep, optimizer.scaling);
  const learningRate = learningRateSchedule({
    peak: peakRate,
    stepsPerEpoch: perEpoch,
    totalSteps: total,
    warmupSteps: warmup,
    warmupFrom,
    every,
    decay,
  });
  return { epochs, perEpoch, total, imagesPerStep, warmup, peakRate, learningRate };
}

/** 1 - decay of a target network in step 0, 1, ... of `total`; 0 without one. */
export function emaSteps(decay: EmaDecay | undefined, total: number): (step: number) => number {
  if (decay === undefined) return () => 0;
  const decayOf = emaDecaySchedule({ start: decay.start, end: decay.end ?? decay.start, totalSteps: total });
  return (step) => 1 - decayOf(step);
}

function tooFewImages(imageCount: number, batchSize: number, accumulate: number): UserError {
  const [key, most] =
    batchSize > imageCount
      ? ['batchSize', 2 ** Math.floor(Math.log2(imageCount / accumulate))]
      : ['accumulate', Math.floor(imageCount / batchSize)];
  const got = accumulate === 1 ? `${batchSize}` : `${batchSize} x ${accumulate} = ${batchSize * accumulate}`;
  const product = accumulate === 1 ? 'schedule.batchSize' : 'schedule.batchSize x schedule.accumulate';
  return new UserError(`${product}: expected at most the ${formatPlural(imageCount, 'training image')}, got ${got}`, {
    exitCode: 2,
    hint: imageCount < 2 * accumulate ? 'use more images' : `--set schedule.${key}=${most}`,
  });
}
