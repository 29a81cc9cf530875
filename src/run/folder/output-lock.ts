import { UserError } from '../../util/errors.ts';
import { type LockOwner, tryLock } from '../../util/lock.ts';
import { describeOwner, renewalText, SILENT_MINUTES, stopText, watchText } from './lock-text.ts';

/** An output that one process writes at a time. */
export interface OwnedOutput {
  readonly output: string;
  /** The file of its lock, in a folder that exists. */
  readonly lock: string;
  /** What else may be done where another process writes it: `choose another name by --output`. */
  readonly elsewhere: string;
  /** Hears of an owner that can't be asked, such as that of another machine, which is watched first. */
  readonly onWatch: (message: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Runs `work` while this process alone writes an output. What a process left that is gone is taken over.
 *
 * @throws UserError where another process writes it, with its host, process and since when; the signal's reason.
 */
export async function withOutput<T>(
  { output, lock: path, elsewhere, onWatch, signal }: OwnedOutput,
  work: () => Promise<T>,
): Promise<T> {
  const outcome = await tryLock(path, {
    onWatch: (owner) => onWatch(watchText(owner, output, path)),
    onLost: (owner) => lost(output, owner),
    signal,
  });
  if (outcome.lock === undefined) {
    const { owner, isHere } = outcome;
    throw new UserError(`expected ${output} for this command alone, but ${describeOwner(owner)} is writing it`, {
      hint: `Wait for its end, ${stopText(owner, isHere)}, or ${elsewhere}.${renewalText(isHere, path, 'it')}`,
      exitCode: 2,
    });
  }
  try {
    return await work();
  } finally {
    await outcome.lock.release();
  }
}

function lost(output: string, owner: LockOwner | undefined): never {
  throw new UserError(`${output} was taken over by ${describeOwner(owner)}: this process had not renewed its lock`, {
    hint: `It was paused, or cut off from the disk, for more than ${SILENT_MINUTES} minutes. The other one goes on with what it had done.`,
  });
}
