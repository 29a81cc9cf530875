import { UserError } from '../../util/errors.ts';
import { formatBytes } from '../../util/format-bytes.ts';
import { formatCount } from '../../util/format-count.ts';

/** Bytes that a file of an archive takes once it is listed: its place, and its path in several tables. */
const ENTRY_BYTES = 450;

/** Files that are listed whatever the memory: a small budget is often meant for pixels alone. */
const ALWAYS = 60_000;

/** How many files of archives may be listed in so much memory. */
export const mostEntries = (memoryBytes: number): number => Math.max(ALWAYS, Math.floor(memoryBytes / ENTRY_BYTES));

/**
 * Checks that archives do not hold more files than memory can list.
 *
 * @param count how many they hold; `more` where counting was ended beyond what can be listed.
 * @throws UserError (exit code 2) for more.
 */
export function requireListable(count: number | 'more', memoryBytes: number, where: string): void {
  const most = mostEntries(memoryBytes);
  if (count !== 'more' && count <= most) return;
  const got = count === 'more' ? count : formatCount(count);
  throw new UserError(
    `expected archives of at most ${formatCount(most)} files, as many as ${formatBytes(ENTRY_BYTES * most)} of memory can list, got ${got}: ${where}`,
    { hint: 'Raise data.memoryBudget, if there is so much memory; or name a part of the data.', exitCode: 2 },
  );
}
