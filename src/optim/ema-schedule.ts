/** The course of a target network's moving average over a run. */
export interface EmaDecayOptions {
  /** The decay of step 0. */
  readonly start: number;
  /** The decay that the run ends at; equal to `start` for a constant. */
  readonly end: number;
  readonly totalSteps: number;
}

/**
 * The decay of step t = 0, 1, ..., where t counts the steps completed before:
 * end - (end - start) (cos(pi t / T) + 1) / 2.
 *
 * BYOL (Grill et al., arXiv:2006.07733, section 3.3), with T the steps of the run, as DeepMind's code, moco-v3 and
 * solo-learn have it: the last step is one short of `end`, so a target network never stops moving. lightly's
 * cosine_schedule divides by T - 1 and ends at exactly `end`.
 */
export function emaDecaySchedule({ start, end, totalSteps }: EmaDecayOptions): (step: number) => number {
  if (start === end) return () => start;
  return (step) => end - ((end - start) * (Math.cos((Math.PI * Math.min(step, totalSteps)) / totalSteps) + 1)) / 2;
}
