import { existsSync, realpathSync } from 'node:fs';
import { relative, sep } from 'node:path';
import { UserError } from '../../util/errors.ts';
import { RUN_FILES } from '../../util/run-files.ts';
import { ANOTHER_FOLDER } from './check-place.ts';
import type { RunFolder } from './run-folder.ts';

/**
 * Throws a UserError (exit 2) where starting anew in a run folder would delete the weights that the run starts from.
 *
 * @param init the file, or the run folder, that holds them.
 */
export function checkInitKept({ path }: RunFolder, init: string): void {
  if (!existsSync(init) || !existsSync(path)) return;
  const [first = ''] = relative(realpathSync(path), realpathSync(init)).split(sep);
  if (first !== '' && !RUN_FILES.some((name) => name === first)) return;
  throw new UserError(
    `--overwrite: expected to start from weights elsewhere, got init: ${init}, which it would delete`,
    {
      hint: ANOTHER_FOLDER,
      exitCode: 2,
    },
  );
}
