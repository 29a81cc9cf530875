import type { CheckpointFile, Keeping } from '../../checkpoint/checkpoint-folder.ts';
import type { CheckpointConfig } from '../../config/run-config.ts';
import type { TrainEvent } from '../../train/events.ts';
import { bestOf, knnScores } from '../export/best-checkpoint.ts';

/** Which checkpoints of a run stay, and what hears of its evaluations to know it. */
export interface KeepPolicy {
  readonly keeping: Keeping;
  hear(event: TrainEvent): void;
}

/**
 * The policy of a run: its newest checkpoints, and as its settings say those of some epochs and the best one.
 *
 * @param earlier kNN accuracies from before a restart, by step.
 */
export function createKeepPolicy(
  { keep, keepEveryEpochs, keepBest }: CheckpointConfig,
  stepsPerEpoch: number,
  earlier: ReadonlyMap<number, number>,
): KeepPolicy {
  const scores = new Map(earlier);
  const isOfEpoch = ({ step }: CheckpointFile): boolean =>
    keepEveryEpochs !== undefined && step > 0 && step % (keepEveryEpochs * stepsPerEpoch) === 0;
  return {
    keeping: {
      newest: keep,
      others(files) {
        const best = keepBest ? bestOf(files, scores) : undefined;
        return [...files.filter(isOfEpoch), ...(best === undefined ? [] : [best])];
      },
    },
    hear(event) {
      if (event.type === 'evaluation') for (const [step, top1] of knnScores([event])) scores.set(step, top1);
    },
  };
}
