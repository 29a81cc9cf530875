import { existsSync } from 'node:fs';
import { isAbsolute, relative } from 'node:path';
import { readLatestCheckpoint } from '../../checkpoint/checkpoint-folder.ts';
import { readWeights, type WeightsFile, weightsOfCheckpoint } from '../../interop/weights/read-weights.ts';
import { UserError } from '../../util/errors.ts';
import { runFolder } from '../folder/run-folder.ts';

/** A file of weights, and the run folder that it is the newest good checkpoint of. */
export interface NamedWeights {
  readonly file: WeightsFile;
  readonly run: string | undefined;
}

/**
 * Reads the weights to start from: a run folder's newest good checkpoint, or what else is named; `warn` hears of
 * damaged checkpoints.
 *
 * Throws a UserError (exit 2) for a run folder without checkpoints.
 */
export async function readInit(path: string, warn: (message: string) => void): Promise<NamedWeights> {
  const { checkpoints } = runFolder(path);
  if (!existsSync(checkpoints)) {
    // What is missing may be a name that the reader of weights knows, such as that of a network.
    const named = isAbsolute(path) && !existsSync(path) ? relative('', path) : path;
    return { file: await readWeights(named), run: undefined };
  }
  const latest = await readLatestCheckpoint(checkpoints, warn);
  if (latest === undefined) {
    throw new UserError(`expected checkpoints in ${checkpoints}, found none`, {
      hint: 'The run has not saved any: name another run folder, or a file of weights.',
      exitCode: 2,
    });
  }
  return { file: weightsOfCheckpoint(latest.path, latest.checkpoint), run: path };
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
