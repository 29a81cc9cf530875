import { existsSync, statSync } from 'node:fs';
import { nearestPath } from '../../data/files/nearest-path.ts';
import { UserError } from '../../util/errors.ts';

/**
 * Throws a UserError (exit 2) where no file of weights is at a path.
 *
 * @param label the option or setting that names it.
 */
export function checkWeightsPath(label: string, path: string): void {
  if (!existsSync(path)) throw missing(label, 'a file of weights', path);
  if (statSync(path).isDirectory()) {
    throw new UserError(`${label}: expected a file of weights, got the folder ${path}`, {
      hint: 'Name a file in it; a run folder is named by --run.',
      exitCode: 2,
    });
  }
}

function missing(label: string, wanted: string, path: string): UserError {
  const near = nearestPath(path);
  return new UserError(`${label}: expected ${wanted}, got ${path}, which does not exist`, {
    hint: near === undefined ? undefined : `did you mean ${near}?`,
    exitCode: 2,
  });
}
