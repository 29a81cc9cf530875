import { UserError } from '../../util/errors.ts';
import { formatPlural } from '../../util/format-count.ts';
import { shellWord } from '../../util/shell-word.ts';
import { besides } from './beside-path.ts';
import { isSingleQuoted, singleQuoteHint } from './single-quotes.ts';

/** The error for what a list says. */
export const listProblem = (message: string, list: string, hint: string, cause?: unknown): UserError =>
  new UserError(`${message} (${list})`, { hint, exitCode: 2, cause });

/** The error for lines of comments before the header, with the command that leaves them out. */
export function commentError(body: string, before: number, list: string): UserError {
  const lines = body.split('\n');
  const count = lines.findIndex((line) => !/^\s*(?:#|$)/.test(line));
  const comment = lines.find((line) => line.trim() !== '')?.trim() ?? '';
  const copy = shellWord(besides(list, 'plain'));
  const command = `sed 1,${before + (count === -1 ? lines.length : count)}d ${shellWord(list)} > ${copy}`;
  return listProblem(
    `expected the names of columns in line ${before + 1}, got a comment, "${comment.slice(0, 40)}"`,
    list,
    `This leaves comments out: ${command}, and --data ${copy}`,
  );
}

/**
 * Whether a line names the columns again, also behind a byte order mark.
 *
 * @throws UserError (exit code 2) where it names them in another order.
 */
export function isHeaderAgain(
  cells: readonly string[],
  columns: readonly string[],
  line: number,
  list: string,
): boolean {
  const plain = (cell: string): string => {
    const text = cell.trim();
    return text.startsWith('"') ? text.replace(/^"(.*)"$/s, '$1') : text;
  };
  if (cells.length !== columns.length || !columns.includes(plain(cells[0] as string))) return false;
  const names = cells.map(plain);
  if (names.every((name, i) => name === columns[i])) return true;
  if ([...names].sort().join('\n') !== [...columns].sort().join('\n')) return false;
  throw listProblem(
    `expected the columns ${columns.join(', ')}, got them in another order in line ${line}`,
    list,
    'Join lists whose columns are the same, or name one of them.',
  );
}

/**
 * Checks how many fields a line has.
 *
 * @param least fields that it must have.
 * @throws UserError (exit code 2) for fewer, and for more fields than columns that are not empty.
 */
export function requireWidth(
  cells: readonly string[],
  columns: readonly string[],
  least: number,
  line: number,
  delimiter: string,
  list: string,
): void {
  const isLonger = cells.slice(columns.length).some((cell) => cell.trim() !== '');
  if (cells.length >= least && !isLonger) return;
  const names = columns.slice(0, 8).join(', ');
  const hint = !isLonger
    ? `Write a field for each column; only those at the end may lack.`
    : cells.some(isSingleQuoted)
      ? singleQuoteHint(delimiter, list)
      : `Quote fields that hold separators: "one${delimiter}two.jpg"`;
  throw listProblem(
    `expected ${formatPlural(columns.length, 'field')} (${names}), got ${cells.length} in line ${line}`,
    list,
    hint,
  );
}
