import { rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { explainWriteError } from '../../util/atomic-write.ts';
import { UserError } from '../../util/errors.ts';
import { type Lock, type LockOutcome, type LockOwner, tryLock } from '../../util/lock.ts';
import { makeFolders } from '../../util/make-folders.ts';
import { RUN_LOCK } from '../../util/run-files.ts';
import { ANOTHER_FOLDER, checkPlace } from './check-place.ts';
import { describeOwner, renewalText, SILENT_MINUTES, stopText, watchText } from './lock-text.ts';
import type { RunFolder } from './run-folder.ts';

/** A run's folder that this process owns. */
export interface OwnedFolder {
  /** What people should know of how it came to be owned; undefined for nothing. */
  readonly note: string | undefined;
}

/** How people hear of an owner that is watched. */
export interface OwnOptions {
  readonly onStatus: (message: string) => void;
  readonly signal: AbortSignal;
}

/** Times that the folder is made again where another process removes it, empty, in the same moment. */
const ATTEMPTS = 10;

/**
 * Runs `work` while this process alone owns a run's folder: nothing in it is changed, or read to go on from, without.
 *
 * A folder that is missing is made, and goes again where `work` left nothing in it. A process that turns out to have
 * been taken for dead ends at once, by an uncaught UserError, since whatever it wrote would harm the new owner's run.
 *
 * @throws UserError where another process owns the folder, with its host, process and since when, or where the folder
 *   can't be made or written; the signal's reason.
 */
export async function withRunFolder<T>(
  folder: RunFolder,
  options: OwnOptions,
  work: (owned: OwnedFolder) => Promise<T>,
): Promise<T> {
  await checkPlace(folder.path);
  const made: string[] = [];
  const { lock, before } = await own(folder, options, made);
  try {
    return await work({ note: before && `took the run folder over from ${describeOwner(before)}, which is gone` });
  } finally {
    await lock.release();
    await removeEmpty(folder.path, made);
  }
}

async function own(
  { path }: RunFolder,
  { onStatus, signal }: OwnOptions,
  made: string[],
): Promise<{ readonly lock: Lock; readonly before: LockOwner | undefined }> {
  const place = join(path, RUN_LOCK);
  const onWatch = (owner: LockOwner): void => onStatus(watchText(owner, path, RUN_LOCK));
  const onLost = (owner: LockOwner | undefined): never => {
    throw lost(path, owner);
  };
  for (let attempt = 1; ; attempt++) {
    made.push(...(await makeFolder(path)));
    let outcome: LockOutcome;
    try {
      outcome = await tryLock(place, { onWatch, onLost, signal });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT' && attempt < ATTEMPTS) continue;
      throw await explainWriteError(error, place);
    }
    if (outcome.lock !== undefined) return outcome;
    await removeEmpty(path, made);
    throw owned(path, outcome);
  }
}

/** Makes a folder with its parents. @returns those that were missing, the outermost first. */
async function makeFolder(path: string): Promise<string[]> {
  let first: string | undefined;
  try {
    first = await makeFolders(path);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'EEXIST') {
      throw new UserError(`expected a run folder, got ${path}, which is a file`, {
        hint: ANOTHER_FOLDER,
        cause,
        exitCode: 2,
      });
    }
    throw new UserError(`Cannot make the run folder ${path}: ${message}.`, {
      hint: ANOTHER_FOLDER,
      cause,
    });
  }
  const made: string[] = [];
  for (let at = path; first !== undefined && at.length >= first.length; at = dirname(at)) made.unshift(at);
  return made;
}

async function removeEmpty(path: string, made: readonly string[]): Promise<void> {
  for (let at = path; made.includes(at); at = dirname(at)) {
    const isGone = await rmdir(at).then(
      () => true,
      () => false,
    );
    if (!isGone) return;
  }
}

function owned(path: string, { owner, isHere }: Extract<LockOutcome, { readonly isHere: boolean }>): UserError {
  return new UserError(
    `expected a run folder that no other process uses, got ${path}: ${describeOwner(owner)} is at work in it`,
    {
      hint: `Wait for its end, or ${stopText(owner, isHere)}, which saves, or choose another folder by --output; cl-eval, cl-export and cl-embed may read the run meanwhile.${renewalText(isHere, RUN_LOCK, 'the folder')}`,
    },
  );
}

function lost(path: string, owner: LockOwner | undefined): UserError {
  const who = owner === undefined ? 'another process' : describeOwner(owner);
  return new UserError(`${path} was taken over by ${who}: this process had not renewed ${RUN_LOCK} for too long`, {
    hint: `It was paused, or cut off from the disk, for more than ${SILENT_MINUTES} minutes. It ends without saving, which would harm the other run.`,
  });
}
