import { mkdtemp, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../util/errors.ts';
import { makeFolders } from '../util/make-folders.ts';
import { isDiskFull } from '../util/system-error.ts';

/**
 * Makes the cache folder that is to hold TensorFlow, and tries it.
 *
 * @throws UserError where it can't be made or written.
 */
export async function makeCache(folder: string): Promise<void> {
  try {
    await makeFolders(folder);
    await rmdir(await mkdtemp(join(folder, '.probe-')));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const problem = isDiskFull(code) ? 'its disk is full' : `it is not writable (${code})`;
    throw new UserError(`The cache folder ${folder} is needed for TensorFlow, but ${problem}.`, {
      hint: 'Mend that, or set XDG_CACHE_HOME to a folder where you may write.',
      cause: error,
    });
  }
}
