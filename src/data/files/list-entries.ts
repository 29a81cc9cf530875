import { CsvError, type Options, parse } from 'csv-parse/sync';
import { UserError } from '../../util/errors.ts';
import { nearestName } from '../../util/nearest-name.ts';

/** One image of a list. */
export interface ListEntry {
  /** Line in the file, from 1. */
  readonly line: number;
  readonly path: string;
  readonly label: string | undefined;
  readonly split: string | undefined;
}

/** Columns that hold paths and labels, in order of preference; their case does not matter. */
const PATH_COLUMNS = ['path', 'file', 'image', 'filename', 'file_name'];
const LABEL_COLUMNS = ['label', 'class'];
const SPLIT_COLUMN = 'split';

/** A line's fields by the names of their columns. */
type Cells = Readonly<Record<string, string | undefined>>;
type ListLine = readonly [line: number, cells: Cells];

function problem(list: string, message: string, hint: string, cause?: unknown): UserError {
  return new UserError(`${message} (${list})`, { hint, exitCode: 2, cause });
}

function parseColumns(text: string, extension: string, list: string): ListLine[] {
  const header = text.slice(0, text.search(/\r?\n|$/));
  // Spreadsheets of many countries separate by semicolons and still write .csv.
  const delimiter = extension === '.tsv' ? '\t' : !header.includes(',') && header.includes(';') ? ';' : ',';
  const options: Options = { delimiter, bom: true, info: true, skip_empty_lines: true };
  let records: { record: string[]; info: { lines: number } }[];
  try {
    records = parse(text, options) as unknown as typeof records;
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw problem(
      list,
      `expected lines of fields, got another: ${error.message}`,
      'Quote fields that hold separators.',
      error,
    );
  }
  const [first, ...rest] = records;
  const columns = first?.record.map((name) => name.trim()) ?? [];
  return rest.map(({ record, info }) => [info.lines, Object.fromEntries(columns.map((name, i) => [name, record[i]]))]);
}

function parseJsonLines(text: string, list: string): ListLine[] {
  const lines = text.split('\n').map((line, i) => [i + 1, line.trim()] as const);
  return lines.flatMap(([number, line]): ListLine[] => {
    if (line === '') return [];
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch (error) {
      throw problem(
        list,
        `expected a JSON object in line ${number}, got "${line.slice(0, 40)}"`,
        'Write one object a line.',
        error,
      );
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw problem(
        list,
        `expected a JSON object in line ${number}, got "${line.slice(0, 40)}"`,
        'Write one object a line.',
      );
    }
    const cells = Object.entries(value).flatMap(([key, cell]) =>
      typeof cell === 'string' || typeof cell === 'number' ? [[key, String(cell)] as const] : [],
    );
    return [[number, Object.fromEntries(cells)]];
  });
}

/**
 * Reads the entries of a list: CSV (`.csv`), TSV (`.tsv`) or JSON Lines.
 *
 * @throws UserError (exit code 2) for a line that can't be read, or without a column of paths or the named labels.
 */
export function readListEntries(
  text: string,
  extension: string,
  list: string,
  labelField: string | undefined,
): ListEntry[] {
  const hasHeader = extension === '.csv' || extension === '.tsv';
  const lines = hasHeader ? parseColumns(text, extension, list) : parseJsonLines(text, list);
  const columns = [...new Set(lines.flatMap(([, cells]) => Object.keys(cells)))];
  const find = (wanted: readonly string[]): string | undefined =>
    wanted.flatMap((name) => columns.find((column) => column.toLowerCase() === name) ?? [])[0];
  const seen = columns.length === 0 ? 'none' : columns.slice(0, 8).join(', ');
  const pathColumn = find(PATH_COLUMNS);
  if (pathColumn === undefined && lines.length > 0) {
    throw problem(
      list,
      `expected a column ${PATH_COLUMNS.join(', ')}, got ${seen}`,
      hasHeader
        ? 'Name the columns in the first line: path,label.'
        : 'Write {"path": "a.jpg", "label": "cat"} in each line.',
    );
  }
  if (labelField !== undefined && lines.length > 0 && !columns.includes(labelField)) {
    const near = nearestName(labelField, columns);
    throw problem(
      list,
      `expected a column ${labelField} (data.labelField), got ${seen}`,
      near ? `Did you mean ${near}?` : 'Name one of them.',
    );
  }
  const labelColumn = labelField ?? find(LABEL_COLUMNS);
  const splitColumn = find([SPLIT_COLUMN]);
  const cell = (cells: Cells, column: string | undefined): string | undefined =>
    (column === undefined ? undefined : cells[column]?.trim()) || undefined;
  return lines.map(([line, cells]) => ({
    line,
    path: cells[pathColumn as string] ?? '',
    label: cell(cells, labelColumn),
    split: cell(cells, splitColumn),
  }));
}
