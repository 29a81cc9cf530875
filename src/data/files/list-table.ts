import { UserError } from '../../util/errors.ts';
import { formatPlural } from '../../util/format-count.ts';
import { shellWord } from '../../util/shell-word.ts';
import { besides } from './beside-path.ts';
import type { ListText } from './list-text.ts';
import { createNumberPacker, shareTexts } from './packed-numbers.ts';
import { createTextPacker, type PackedTexts } from './packed-texts.ts';
import { eachRecord } from './separated-records.ts';
import { isSingleQuoted, singleQuoteHint } from './single-quotes.ts';

/** The lines of a list with their columns, which are read when they are needed. */
export interface ListTable {
  readonly columns: readonly string[];
  /** What separates its fields; undefined for JSON. */
  readonly delimiter: string | undefined;
  /** Whether a column is there; in JSON Lines also one inside another, such as `meta.label`. */
  has(column: string): boolean;
  /** The values of columns, line by line, of at most so many lines, and those of one more column as packed texts. */
  read(columns: readonly string[], options?: ReadOptions): Promise<ListValues>;
}

/** Which lines of a list are read, and a column of mostly different texts. */
export interface ReadOptions {
  readonly most?: number | undefined;
  readonly packed?: string | undefined;
}

/** Values of a list's columns. */
export interface ListValues {
  /** Numbers of the lines in the file, from 1. */
  readonly lines: ArrayLike<number>;
  /** Of the column that was asked for as such; none without. */
  readonly packed: PackedTexts;
  /** [columns][lines]; text without white space around it, or a value of JSON. */
  readonly values: readonly (readonly unknown[])[];
  /** Numbers of the lines that have fewer fields than the header, which are taken for empty. */
  readonly short: readonly number[];
  /** Numbers of the lines that are the header again, as lists have that were joined; they are left out. */
  readonly headers: readonly number[];
}

/** What separates fields, by how usual it is: commas, semicolons where numbers have commas, tabs, and bars. */
const DELIMITERS = [',', ';', '\t', '|'];

/** The error for what a list says. */
export const listProblem = (message: string, list: string, hint: string, cause?: unknown): UserError =>
  new UserError(`${message} (${list})`, { hint, exitCode: 2, cause });

/** The text up to the end of the first record, which may have quoted ends of lines inside. */
function firstRecord(text: string): string {
  let end = text.search(/\S/);
  if (end === -1) return '';
  do {
    const newline = text.indexOf('\n', end);
    end = newline === -1 ? text.length : newline + 1;
  } while (end < text.length && (text.slice(0, end).match(/"/g)?.length ?? 0) % 2 === 1);
  return text.slice(0, end);
}

/** The names of columns as a separator divides them; none where quotes don't fit it. */
function columnsBy(delimiter: string, header: string): string[] {
  let columns: string[] = [];
  try {
    eachRecord(header, delimiter, 0, '', (_, cells) => {
      columns = cells.map((cell) => cell.trim());
      return false;
    });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
  }
  return columns;
}

/**
 * A list of separated values, whose first line names the columns. They are separated by what finds a column of paths
 * in it, or else by the first that occurs.
 *
 * @param isPath whether a column's name says that it holds paths.
 * @throws UserError (exit code 2) for comments in place of the header, and when reading a line with more fields, or
 * without that of the path.
 */
export function openSeparated(
  content: ListText,
  extension: string,
  list: string,
  isPath: (column: string) => boolean,
): ListTable {
  const toLines = (piece: string): string => (content.head.includes('\n') ? piece : piece.replaceAll('\r', '\n'));
  const text = toLines(content.head);
  // The line that tells spreadsheets what separates fields.
  const [mark = '', named] = /^sep=(.)\r?\n/i.exec(text) ?? [];
  const body = text.slice(mark.length);
  const before = mark === '' ? 0 : 1;
  const order = named === undefined ? (extension === '.tsv' ? ['\t', ...DELIMITERS] : DELIMITERS) : [named];
  const headers = order.map((delimiter) => ({ delimiter, columns: columnsBy(delimiter, firstRecord(body)) }));
  const fitting = headers.find((header) => header.columns.some(isPath));
  if (fitting === undefined && /^\s*#/.test(body)) throw commentError(body, before, list);
  const { delimiter = ',', columns = [] } =
    fitting ?? headers.find((header) => header.columns.length > 1) ?? headers[0] ?? {};
  return {
    columns,
    delimiter,
    has: (column) => columns.includes(column),
    async read(wanted, { most = Number.POSITIVE_INFINITY, packed } = {}) {
      const places = wanted.map((column) => columns.indexOf(column));
      const packedPlace = packed === undefined ? -1 : columns.indexOf(packed);
      const packer = createTextPacker();
      const lines = createNumberPacker();
      const values = wanted.map((): unknown[] => []);
      const shared = wanted.map(() => shareTexts());
      const short: number[] = [];
      const headers: number[] = [];
      const least = columns.findIndex(isPath) + 1;
      let isHeader = true;
      const take = (line: number, cells: readonly string[]): boolean => {
        if (isHeader) {
          isHeader = false;
          return true;
        }
        if (isHeaderAgain(cells, columns, line, list)) {
          headers.push(line);
          return true;
        }
        requireWidth(cells, columns, least, line, delimiter, list);
        if (cells.length < columns.length) short.push(line);
        lines.add(line);
        for (let i = 0; i < places.length; i++) values[i]?.push(shared[i]?.((cells[places[i] as number] ?? '').trim()));
        if (packedPlace !== -1) packer.add((cells[packedPlace] ?? '').trim());
        return lines.length() < most;
      };
      let at = before;
      let skipped = mark.length;
      for await (const piece of content.pieces()) {
        const end = eachRecord(toLines(piece).slice(skipped), delimiter, at, list, take);
        skipped = 0;
        if (end === undefined) break;
        at = end;
      }
      return { lines: lines.done(), values, packed: packer.done(), short, headers };
    },
  };
}

/** The error for lines of comments before the header, with the command that leaves them out. */
function commentError(body: string, before: number, list: string): UserError {
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
function isHeaderAgain(cells: readonly string[], columns: readonly string[], line: number, list: string): boolean {
  const plain = (cell: string): string => cell.trim().replace(/^"(.*)"$/s, '$1');
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

function requireWidth(
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
