import type { TrainEvent } from '../../train/events.ts';
import { formatCount } from '../../util/format-count.ts';

/** What there is to keep of a run that failed. */
export interface UnsavedState {
  /** Completed steps. */
  readonly step: number;
  /** Completed steps of the newest checkpoint; 0: none. */
  readonly savedStep: number;
  /** Whether the failure came in the middle of a step, which may have changed a part of the state. */
  readonly isTorn: boolean;
  /** What the run failed by. */
  readonly cause: unknown;
  /**
   * Saves the state, and tells of its checkpoint. Throws a UserError where it can't be written, or holds values that
   * are not finite.
   */
  save(step: number): Promise<void>;
}

/**
 * Saves what a failed run has learned since its last checkpoint, or tells of what is lost and why.
 *
 * Never throws: what the run failed by is what the user must hear of.
 */
export async function keepState(state: UnsavedState, tell: (event: TrainEvent) => Promise<void>): Promise<void> {
  const { step, savedStep, isTorn, cause, save } = state;
  if (step <= savedStep) return;
  const lose = async (why: string): Promise<void> => {
    const lost = step === savedStep + 1 ? `step ${formatCount(step)}` : `steps ${savedStep + 1} to ${step}`;
    // Whatever listens may be what failed.
    await tell({ type: 'warning', step, message: `${lost} could not be saved: ${why}` }).catch(() => {});
  };
  if (isTorn) return lose('the run failed in the middle of a step, and the state may be half of it');
  try {
    await save(step);
  } catch (error) {
    const { message } = error as Error;
    if (message !== (cause as Error | undefined)?.message) await lose(message);
  }
}
