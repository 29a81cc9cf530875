import { constants, type Stats } from 'node:fs';
import { access, statfs } from 'node:fs/promises';
import { UserError } from '../../util/errors.ts';
import { nearestThere } from '../../util/nearest-there.ts';
import { systemCode } from '../../util/system-error.ts';

/** File systems that the kernel makes up, and in which no run can keep files, by their numbers (linux/magic.h). */
const KERNEL_TYPES: ReadonlySet<number> = new Set([
  ...[0x9fa0, 0x62656572, 0x1cd1, 0x27e0eb, 0x63677270, 0x64626720, 0x74726163, 0x73636673, 0xcafe4a11],
  ...[0x6e736673, 0x19800202, 0x42494e4d],
]);

/** What the system answers where no run can be written, whatever happens in the meantime. */
const PROBLEMS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENAMETOOLONG: 'the name is too long',
  ELOOP: 'its links lead in a circle',
};

const kindOf = (found: Stats): string => (found.isFile() ? 'a file' : 'a device or pipe');

/** Why nothing can be written at a path, in words; undefined where it can, as far as can be told without writing. */
async function problemOf(path: string): Promise<string | undefined> {
  try {
    const { at, found } = await nearestThere(path);
    const where = at === path ? '' : ` (${at})`;
    if (!found.isDirectory())
      return at === path ? `which is ${kindOf(found)}` : `which lies below ${kindOf(found)}${where}`;
    const { type } = await statfs(at);
    if (KERNEL_TYPES.has(type)) return `which lies in ${at}, where the system keeps no files`;
    await access(at, constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    const problem = PROBLEMS[systemCode(error) ?? ''];
    return problem && `which can't be written: ${problem}`;
  }
}

/** What is written at a place, for people. */
interface Placed {
  readonly what: string;
  readonly hint: string;
}

/** What to do where a run can't be written. */
export const ANOTHER_FOLDER = 'Choose another folder by --output.';

const RUN: Placed = { what: 'a run folder', hint: ANOTHER_FOLDER };

/**
 * Checks that a run, or other files, can be written at a path, without changing anything there; what may pass, as on a
 * network disk that is away, is left to who writes.
 *
 * Throws a UserError (exit 2) where they can't.
 */
export async function checkPlace(path: string, { what, hint }: Placed = RUN): Promise<void> {
  const problem = await problemOf(path);
  if (problem !== undefined) throw new UserError(`expected ${what}, got ${path}, ${problem}`, { hint, exitCode: 2 });
}
