import { readdir } from 'node:fs/promises';
import { UserError } from '../../util/errors.ts';

/**
 * The names in a folder that is to be filled; none where it is not there yet.
 *
 * @param expected what the message begins with, for example `expected a folder, new or empty`.
 * @throws UserError (exit code 2) for a file, and for a folder that can't be read.
 */
export async function listPlace(folder: string, expected: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return [];
    const got = code === 'ENOTDIR' ? 'which is a file' : `which can't be read (${code})`;
    throw new UserError(`${expected}, got ${folder}, ${got}`, { exitCode: 2 });
  }
}
