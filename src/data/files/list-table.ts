import { type CodedValues, createValueCoder, type FoundRows } from '../../util/coded-values.ts';
import { UserError } from '../../util/errors.ts';
import { createCountPacker, type Numbers } from '../../util/packed-numbers.ts';
import { commentError, isHeaderAgain, requireWidth } from './list-lines.ts';
import type { ListText } from './list-text.ts';
import { createTextPacker, type PackedTexts } from './packed-texts.ts';
import { createRecordReader } from './separated-records.ts';

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
  readonly lines: Numbers;
  /** Of the column that was asked for as such; none without. */
  readonly packed: PackedTexts;
  /** The first list or structure in that column; undefined where there is none. */
  readonly compound?: CompoundValue | undefined;
  /** Of each column: text without white space around it, or a value of JSON; lists and structures are shared. */
  readonly values: readonly CodedValues<unknown>[];
  /** Lines of the file, from 1, that have fewer fields than the header, which are taken for empty. */
  readonly short: FoundRows;
  /** Lines that are the header again, as lists have that were joined; they are left out. */
  readonly headers: FoundRows;
}

/** A list or a structure in a line of a list. */
export interface CompoundValue {
  readonly line: number;
  readonly value: unknown;
}

/** What separates fields, by how usual it is: commas, semicolons where numbers have commas, tabs, and bars. */
const DELIMITERS = [',', ';', '\t', '|'];

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
  const reader = createRecordReader(delimiter, 0, '', (_, cells) => {
    columns = cells.map((cell) => cell.trim());
    return false;
  });
  try {
    if (reader.read(header)) reader.end();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
  }
  return columns;
}

/** Counts lines of a kind. */
function createTally(): FoundRows & { add(line: number): void } {
  const tally = {
    count: 0,
    first: -1,
    add(line: number): void {
      if (tally.count++ === 0) tally.first = line;
    },
  };
  return tally;
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
      const lines = createCountPacker();
      const coders = wanted.map(() => createValueCoder<unknown>());
      const [short, headers] = [createTally(), createTally()];
      const least = columns.findIndex(isPath) + 1;
      let count = -1;
      const take = (line: number, cells: readonly string[]): boolean => {
        // The first is the header.
        if (count === -1) {
          count = 0;
          return true;
        }
        if (isHeaderAgain(cells, columns, line, list)) {
          headers.add(line);
          return true;
        }
        if (cells.length !== columns.length) requireWidth(cells, columns, least, line, delimiter, list);
        if (cells.length < columns.length) short.add(line);
        lines.add(line);
        for (let i = 0; i < places.length; i++) coders[i]?.add((cells[places[i] as number] ?? '').trim());
        if (packedPlace !== -1) packer.add((cells[packedPlace] ?? '').trim());
        return ++count < most;
      };
      const reader = createRecordReader(delimiter, before, list, take);
      let [skipped, goesOn] = [mark.length, true];
      for await (const piece of content.pieces()) {
        goesOn = reader.read(toLines(piece).slice(skipped));
        if (!goesOn) break;
        skipped = 0;
      }
      if (goesOn) reader.end();
      const values = coders.map((coder) => coder.done());
      return { lines: lines.done(), values, packed: packer.done(), short, headers };
    },
  };
}
