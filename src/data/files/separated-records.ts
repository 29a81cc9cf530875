import { CsvError, type Options, parse } from 'csv-parse/sync';
import { UserError } from '../../util/errors.ts';
import { endlessError } from './list-text.ts';
import { LARGEST_TEXT } from './read-text.ts';
import { scanRecord } from './scan-record.ts';

/** Takes a record and the number of the line where it ends, from 1; false ends the reading. */
export type TakeRecord = (line: number, cells: readonly string[]) => boolean | undefined;

/** Goes through records of text that comes in pieces. */
export interface RecordReader {
  /** Takes the records that end in a piece; false where the reading was ended. */
  read(piece: string): boolean;
  /** Takes what is left behind the last piece. */
  end(): void;
}

/** Whether a record says nothing, as the rows `,,,` that spreadsheets leave at the end. */
const isEmpty = (cells: readonly string[]): boolean => cells.every((cell) => cell.trim() === '');

function countLines(text: string, start: number, end: number): number {
  let count = 0;
  for (let at = text.indexOf('\n', start); at !== -1 && at < end; at = text.indexOf('\n', at + 1)) count++;
  return count;
}

/** Reads records whose quotes are odd, which is ten times slower. `before` is how many lines come before them. */
function parseOdd(text: string, delimiter: string, before: number, list: string, take: TakeRecord): boolean {
  let goesOn = true;
  const options: Options = {
    delimiter,
    record_delimiter: ['\r\n', '\n'],
    relax_column_count: true,
    // A quote inside a field that is not quoted is a character: 5" disc.jpg.
    relax_quotes: true,
    skip_empty_lines: true,
    // Python writes "a", "b" with a space after the comma.
    trim: true,
    on_record(record: string[], { lines }) {
      if (goesOn && !isEmpty(record)) goesOn = take(before + lines, record) ?? true;
      return null;
    },
  };
  try {
    parse(text, options);
    return goesOn;
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const message = error.message.replace(/\bline (\d+)/g, (_, line) => `line ${before + Number(line)}`);
    throw new UserError(`expected lines of fields, got another: ${message} (${list})`, {
      hint: 'Quote whole fields, and double the quotes inside: "5"" disc, red.jpg".',
      exitCode: 2,
      cause: error,
    });
  }
}

/**
 * Goes through the records of text whose fields are separated: RFC 4180, with spaces round fields and stray quotes.
 * Cells may have white space around them.
 *
 * @param before lines of the file before the first piece, for messages.
 * @returns what throws UserError (exit code 2) for quotes that don't fit, or don't end within 256 MiB.
 */
export function createRecordReader(delimiter: string, before: number, list: string, take: TakeRecord): RecordReader {
  let line = before;
  /** A record whose quotes are not closed yet. */
  let begun = '';
  const takeOdd = (text: string): boolean => {
    const first = line;
    line += countLines(text, 0, text.length);
    return parseOdd(text, delimiter, first, list, take);
  };
  const read = (piece: string): boolean => {
    const text = begun + piece;
    begun = '';
    for (let at = 0; at < text.length; ) {
      const newline = text.indexOf('\n', at);
      const end = newline === -1 ? text.length : newline;
      const content = text.slice(at, end);
      if (!content.includes('"')) {
        line++;
        at = end + 1;
        const cells = content.split(delimiter);
        if (!isEmpty(cells) && take(line, cells) === false) return false;
        continue;
      }
      const record = scanRecord(text, at, delimiter);
      if (record === undefined) {
        begun = text.slice(at);
        if (begun.length > LARGEST_TEXT) throw endlessError(list);
        return true;
      }
      if (record.cells === undefined) {
        let stop = record.end;
        // The parser is slow to start.
        for (let next = scanRecord(text, stop, delimiter); next && !next.cells; ) {
          stop = next.end;
          next = stop < text.length ? scanRecord(text, stop, delimiter) : undefined;
        }
        if (!takeOdd(text.slice(at, stop))) return false;
        at = stop;
        continue;
      }
      line += countLines(text, at, record.end - 1) + 1;
      at = record.end;
      if (!isEmpty(record.cells) && take(line, record.cells) === false) return false;
    }
    return true;
  };
  return {
    read,
    end() {
      if (begun !== '') takeOdd(begun);
    },
  };
}
