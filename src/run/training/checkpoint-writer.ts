import { stat } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Checkpoint } from '../../checkpoint/checkpoint.ts';
import { type Keeping, saveCheckpoint } from '../../checkpoint/checkpoint-folder.ts';
import { countNotFinite, notFiniteNote } from '../../checkpoint/not-finite.ts';
import type { Program } from '../../runtime/program.ts';
import { CALMER_SETTINGS } from '../../train/calmer-settings.ts';
import type { EventOf } from '../../train/events.ts';
import type { Saving } from '../../train/loop.ts';
import { UserError } from '../../util/errors.ts';
import type { Retry } from '../../util/retry.ts';

/** What a writer of checkpoints needs of its run. */
export interface CheckpointWriting {
  readonly program: Pick<Program, 'read'>;
  /** The folder of the checkpoints, and which of them stay there. */
  readonly folder: string;
  readonly keeping: Keeping;
  /** What writing is tried again by where the disk is away for a while. */
  readonly retry: Retry;
  /** What the checkpoint of a step holds besides the state. */
  readonly describe: (step: number, epoch: number) => Omit<Checkpoint, 'tensors'>;
  /** Hears of every checkpoint whose file is there; what it throws counts as a failure to write. */
  readonly tell: (event: EventOf<'checkpoint'>) => Promise<void>;
}

/** Saves the state beside the steps that follow. */
export interface CheckpointWriter extends Pick<Saving, 'save' | 'check'> {
  /** Waits until nothing is being written. Throws what writing threw. */
  settle(): Promise<void>;
  /** The step whose checkpoint was the last to be there; undefined before the first. */
  savedStep(): number | undefined;
}

/**
 * Creates the writer of a run's checkpoints.
 *
 * To save is to copy the state out of TensorFlow between two steps, which costs its bytes in memory. Looking for values
 * that are not finite, hashing, writing and forcing to the disk go on beside the following steps; the next copy waits
 * until they have ended, so that there is one at most.
 */
export function createCheckpointWriter(run: CheckpointWriting): CheckpointWriter {
  let writing: Promise<void> = Promise.resolve();
  let copied: number | undefined;
  let saved: number | undefined;
  let failure: { readonly error: unknown } | undefined;

  const write = async (checkpoint: Checkpoint): Promise<void> => {
    const { step, epoch } = checkpoint.progress;
    await refuseNotFinite(checkpoint);
    const file = await run.retry(async () => {
      const path = await saveCheckpoint(run.folder, checkpoint, run.keeping);
      return { path, bytes: (await stat(path)).size };
    });
    saved = step;
    await run.tell({ type: 'checkpoint', step, epoch, ...file });
  };
  const check = (): void => {
    if (failure === undefined) return;
    const { error } = failure;
    failure = undefined;
    throw error;
  };
  const settle = async (): Promise<void> => {
    await writing;
    check();
  };
  return {
    check,
    settle,
    savedStep: () => saved,
    async save(step, epoch) {
      await settle();
      if (step === copied) return;
      const tensors = await run.program.read();
      copied = step;
      writing = write({ ...run.describe(step, epoch), tensors }).catch((error: unknown) => {
        // What can't be told of is there nevertheless.
        copied = saved;
        failure = { error };
      });
    },
  };
}

/** A state of which nothing can come must not take the place of a good one. */
async function refuseNotFinite({ tensors, progress: { step } }: Checkpoint): Promise<void> {
  for (const tensor of Object.values(tensors)) {
    if (countNotFinite(tensor) > 0) {
      throw new UserError(`The state after step ${step} is not saved: ${notFiniteNote(tensors)}.`, {
        hint: `The checkpoint before it is as it was. ${CALMER_SETTINGS}`,
      });
    }
    await nextTurn();
  }
}
