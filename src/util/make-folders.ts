import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Times that a folder is made again whose parent another process removes, empty, in the same moment. */
const ATTEMPTS = 10;

const codeOf = (error: unknown): unknown => (error as NodeJS.ErrnoException).code;

/**
 * Makes a folder with its parents, as `mkdir` with `recursive` does; that one never ends where the system says that a
 * folder's place is not there although it is, as in /proc (seen in Node 20.20).
 *
 * @returns the outermost folder that was made; undefined where all were there.
 * @throws what the system says, for example where a file stands in the way.
 */
export async function makeFolders(
  path: string,
  options: { readonly mode?: number | undefined } = {},
): Promise<string | undefined> {
  let first: string | undefined;
  for (let attempt = 1; ; attempt++) {
    try {
      await mkdir(path, options);
      return first ?? path;
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') {
        // Some file systems say that they are read-only before they say that the folder is there.
        const found = await stat(path).catch(() => undefined);
        if (found?.isDirectory()) return first;
        throw error;
      }
      if (attempt === ATTEMPTS || dirname(path) === path) throw error;
      first = (await makeFolders(dirname(path), options)) ?? first;
    }
  }
}
