import { formatPlural } from '../../../util/format-count.ts';
import type { CheckedRun, SettingProblems } from './checked-run.ts';

/** Epochs of warm-up below which a rise in whole epochs is hardly one. */
const FEW_EPOCHS = 5;

/** Warm-ups and milestones that do not fit the length or the unit of the schedule. */
export function checkSchedule({ config: { schedule }, steps }: CheckedRun): SettingProblems {
  const { epochs, warmupEpochs, warmupFrom, every, decay } = schedule;
  const warnings: (string | false)[] = [
    warmupEpochs > epochs / 2 &&
      `schedule.warmupEpochs: ${warmupEpochs} of ${formatPlural(epochs, 'epoch')} go by before the learning rate is at its peak; usual: 10, and at most a tenth of the run`,
    warmupEpochs > 0 &&
      steps.warmup === 0 &&
      `schedule.warmupEpochs: ${warmupEpochs} epochs are less than one of the ${steps.perEpoch} steps of an epoch, so there is no warm-up; the unit is epochs; usual: 10`,
    warmupEpochs === 0 &&
      warmupFrom !== undefined &&
      `schedule.warmupFrom: ${warmupFrom} has no effect without a warm-up; usual: schedule.warmupEpochs 10`,
    every === 'epoch' &&
      warmupEpochs > 0 &&
      warmupFrom === 0 &&
      'schedule.warmupFrom: 0 with `schedule.every: epoch` trains the whole first epoch at the learning rate 0; usual: `schedule.every: step`',
    every === 'epoch' &&
      warmupEpochs > 0 &&
      warmupEpochs < FEW_EPOCHS &&
      `schedule.every: with the unit epoch a warm-up is a stair, here of ${warmupEpochs}; usual: \`schedule.every: step\`, or no warm-up as MoCo v2`,
    ...(decay.name === 'step' ? decay.milestones : []).map(
      (milestone) =>
        (milestone >= epochs &&
          `schedule.decay.milestones: ${milestone} is never reached in ${formatPlural(epochs, 'epoch')}; the unit is epochs, not steps; usual: 120 and 160 of 200`) ||
        (milestone < warmupEpochs &&
          `schedule.decay.milestones: ${milestone} lies inside the warm-up of ${warmupEpochs} epochs, which then ends with a fall; usual: 120 and 160 of 200`),
    ),
  ];
  return { errors: [], warnings: warnings.filter((warning) => warning !== false) };
}
