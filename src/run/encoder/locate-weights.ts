import { existsSync } from 'node:fs';
import { isAbsolute, relative } from 'node:path';
import { listCheckpoints, readLatestCheckpoint } from '../../checkpoint/checkpoint-folder.ts';
import { UserError } from '../../util/errors.ts';
import { runFolder } from '../folder/run-folder.ts';

/** A file of weights, or a folder of one, and the run folder that it is the newest good checkpoint of. */
export interface LocatedWeights {
  readonly path: string;
  readonly run: string | undefined;
}

/**
 * Finds the weights to start from: a run folder's newest good checkpoint, or what else is named; `warn` hears of
 * damaged checkpoints.
 *
 * Throws a UserError (exit 2) for a run folder without checkpoints.
 */
export async function locateInit(path: string, warn: (message: string) => void): Promise<LocatedWeights> {
  const { checkpoints } = runFolder(path);
  if (!existsSync(checkpoints)) {
    // What is missing may be a name that the reader of weights knows, such as that of a network.
    return { path: isAbsolute(path) && !existsSync(path) ? relative('', path) : path, run: undefined };
  }
  if ((await listCheckpoints(checkpoints)).length === 0) {
    throw new UserError(`expected checkpoints in ${checkpoints}, found none`, {
      hint: 'The run has not saved any: name another run folder, or a file of weights.',
      exitCode: 2,
    });
  }
  const latest = await readLatestCheckpoint(checkpoints, warn);
  if (latest === undefined) throw new Error(`Expected a checkpoint in ${checkpoints}.`);
  return { path: latest.path, run: path };
}

/** Does something with the weights that an option or a setting names; a UserError begins with its name then. */
export async function labelled<T>(label: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const { message, hint, exitCode } = error;
    throw new UserError(`${label}: ${message}`, { hint, exitCode, cause: error });
  }
}
