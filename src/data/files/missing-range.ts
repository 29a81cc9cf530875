import { existsSync } from 'node:fs';
import { UserError } from '../../util/errors.ts';
import { formatCount } from '../../util/format-count.ts';
import { shellWord } from '../../util/shell-word.ts';

/** Files that are named in one command. */
const MOST = 8;

/** The part of a pattern with its braces, where there is one. */
const ONE_RANGE = /^([^{}]*)\{[^{}]*\}([^{}]*)$/;

/** A pattern that names these files alone. */
function rangeOf(files: readonly string[], pattern: string): string | undefined {
  const [first] = files;
  if (files.length === 1) return first;
  const [, before, after] = ONE_RANGE.exec(pattern) ?? [];
  if (before === undefined || after === undefined || files.length > MOST) return undefined;
  const middles = files.map((file) => file.slice(before.length, file.length - after.length));
  return `${before}{${middles.join(',')}}${after}`;
}

/**
 * Refuses a range of files of which some are not there; where none are, the pattern is most likely mistyped.
 *
 * @param files what the pattern names, as `expandBraces` gives it.
 * @throws UserError (exit code 2) with those that are missing.
 */
export function refuseMissing(files: readonly string[], pattern: string): void {
  const missing = files.filter((file) => !existsSync(file));
  const [first] = missing;
  if (first === undefined || missing.length === files.length) return;
  const there = files.filter((file) => !missing.includes(file));
  const more = missing.length === 1 ? '' : ` and ${formatCount(missing.length - 1)} more`;
  const range = rangeOf(there, pattern);
  const those = range === undefined ? '.' : `, or name those that are there: --data ${shellWord(range)}`;
  throw new UserError(`expected all ${formatCount(files.length)} files of ${pattern}, got nothing at ${first}${more}`, {
    hint: `Fetch what is missing${those}`,
    exitCode: 2,
  });
}
