import type { EventOf, TrainEvent } from '../../train/events.ts';
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
  /** Saves the state. Throws a UserError where it can't be written, or holds values that are not finite. */
  save(step: number): Promise<EventOf<'checkpoint'>>;
}

/**
 * Saves what a failed run has learned since its last checkpoint, and tells of it, or of what is lost and why.
 *
 * Never throws: what the run failed by is what the user must hear of.
 */
export async function keepState(state: UnsavedState, tell: (event: TrainEvent) => Promise<void>): Promise<void> {
  const { step, savedStep, isTorn, cause, save } = state;
  if (step <= savedStep) return;
  // Whatever listens may be what failed.
  const attempt = (event: TrainEvent): Promise<void> => tell(event).catch(() => {});
  const lose = (why: string): Promise<void> => {
    const lost = step === savedStep + 1 ? `step ${formatCount(step)}` : `steps ${savedStep + 1} to ${step}`;
    return attempt({ type: 'warning', step, message: `${lost} could not be saved: ${why}` });
  };
  if (isTorn) return lose('the run failed in the middle of a step, and the state may be half of it');
  try {
    await attempt(await save(step));
  } catch (error) {
    const { message } = error as Error;
    if (message !== (cause as Error | undefined)?.message) await lose(message);
  }
}

/** Whether no value of these is infinite or no number; integers never are. */
export function areFinite(tensors: readonly { readonly data: ArrayLike<number> }[]): boolean {
  return tensors.every(({ data }) => {
    if (!(data instanceof Float32Array)) return true;
    for (let i = 0; i < data.length; i++) if (!Number.isFinite(data[i])) return false;
    return true;
  });
}
