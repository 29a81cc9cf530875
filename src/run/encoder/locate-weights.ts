import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { listCheckpoints, readLatestCheckpoint } from '../../checkpoint/checkpoint-folder.ts';
import { nearestPath } from '../../data/files/nearest-path.ts';
import { UserError } from '../../util/errors.ts';
import { listNames } from '../../util/list-names.ts';
import { runFolder } from '../folder/run-folder.ts';

/**
 * Throws a UserError (exit 2) where no file of weights is at a path.
 *
 * @param label the option or setting that names it.
 */
export function checkWeightsPath(label: string, path: string): void {
  if (!existsSync(path)) throw missing(label, 'a file of weights', path);
  if (!statSync(path).isDirectory()) return;
  throw new UserError(`${label}: expected a file of weights, got the folder ${path}`, {
    hint: filesIn(path) ?? 'Name a file in it; a run folder is named by --run.',
    exitCode: 2,
  });
}

/** The file that holds weights to start from, and the run folder that it is the newest good checkpoint of. */
export interface LocatedWeights {
  readonly file: string;
  readonly run: string | undefined;
}

/**
 * Finds the weights to start from: a file, or a run folder's newest good checkpoint; `warn` hears of damaged ones.
 *
 * Throws a UserError (exit 2) where there are none.
 */
export async function locateInit(path: string, warn: (message: string) => void): Promise<LocatedWeights> {
  const wanted = 'a run folder or a file of weights';
  if (!existsSync(path)) throw missing('init', wanted, path);
  if (!statSync(path).isDirectory()) return { file: path, run: undefined };
  const { checkpoints } = runFolder(path);
  if ((await listCheckpoints(checkpoints)).length === 0) {
    throw new UserError(`init: expected ${wanted}, got the folder ${path}, which has no checkpoints`, {
      hint: filesIn(path) ?? 'Name a run folder with checkpoints/ in it, or a file.',
      exitCode: 2,
    });
  }
  const latest = await readLatestCheckpoint(checkpoints, warn);
  if (latest === undefined) throw new Error(`Expected a checkpoint in ${checkpoints}.`);
  return { file: latest.path, run: path };
}

/** Files of weights that lie in a folder, as a hint. */
function filesIn(folder: string): string | undefined {
  const files = readdirSync(folder).filter((name) => /\.(?:safetensors|pth|pt|ckpt|bin|tar)$/i.test(name));
  if (files.length === 0) return undefined;
  return `Name a file in it: ${listNames(files.sort().map((name) => join(folder, name)))}`;
}

function missing(label: string, wanted: string, path: string): UserError {
  const near = nearestPath(path);
  return new UserError(`${label}: expected ${wanted}, got ${path}, which does not exist`, {
    hint: near === undefined ? undefined : `did you mean ${near}?`,
    exitCode: 2,
  });
}
