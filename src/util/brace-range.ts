import { UserError } from './errors.ts';

/** A pattern that names more files is taken for a mistake. */
const MOST = 1_000_000;

/**
 * The paths that brace ranges name, as a shell and WebDataset expand them: `{000..002}` counts and keeps the digits,
 * `{train,val}` lists. A path without them is returned as it is.
 *
 * @throws UserError (exit code 2) for a range that counts down or names too many files.
 */
export function expandBraces(path: string): string[] {
  const found = /\{(?:(\d+)\.\.(\d+)|([^{},]*(?:,[^{},]*)+))\}/.exec(path);
  if (found === null) return [path];
  const [braces, from = '', to = '', list] = found;
  const before = path.slice(0, found.index);
  const after = path.slice(found.index + braces.length);
  const [first, last] = [Number(from), Number(to)];
  if (list === undefined && (last < first || last - first >= MOST)) {
    throw new UserError(`expected a range that counts up, to at most ${MOST} files, got ${braces} in ${path}`, {
      hint: 'Write the first and the last number, such as {000..009}.',
      exitCode: 2,
    });
  }
  const middles =
    list?.split(',') ??
    Array.from({ length: last - first + 1 }, (_, i) => String(first + i).padStart(from.length, '0'));
  const rests = expandBraces(after);
  if (middles.length * rests.length > MOST) {
    throw new UserError(`expected at most ${MOST} files, got ${middles.length * rests.length} for ${path}`, {
      exitCode: 2,
    });
  }
  return middles.flatMap((middle) => rests.map((rest) => before + middle + rest));
}
