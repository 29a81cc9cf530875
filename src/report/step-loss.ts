import type { EventOf } from '../train/events.ts';

type Step = Pick<EventOf<'step'>, 'loss' | 'metrics'>;

/** Whether a step has no loss because it overflowed float16: loss scaling left it out, and training went on. */
export function isOverflow({ loss, metrics }: Step): boolean {
  return metrics['skipped'] === 1 && !Number.isFinite(loss);
}

/** The losses of the first and the last step that have one; NaN or Infinity is that of a run that diverged. */
export function lossRange(steps: readonly Step[]): { first: number | undefined; last: number | undefined } {
  const hasLoss = (step: Step): boolean => !isOverflow(step);
  return { first: steps.find(hasLoss)?.loss, last: steps.findLast(hasLoss)?.loss };
}
