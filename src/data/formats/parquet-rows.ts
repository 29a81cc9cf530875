import { UserError } from '../../util/errors.ts';
import { formatCount } from '../../util/format-count.ts';
import { isOfMachine, type ParquetFile, type RowGroup } from '../files/parquet-file.ts';
import { DecodeProblem } from '../pixels/decode-problem.ts';
import { columnOf } from './parquet-columns.ts';
import { classNames } from './parquet-labels.ts';

const pathOf = (value: unknown): string | undefined => {
  const path: unknown = typeof value === 'object' && value !== null && 'path' in value ? value.path : undefined;
  return typeof path === 'string' && path !== '' ? path : undefined;
};

function bytesOf(value: unknown): Uint8Array {
  const bytes: unknown = typeof value === 'object' && value !== null && 'bytes' in value ? value.bytes : value;
  if (bytes instanceof Uint8Array) return bytes;
  const path = pathOf(value);
  throw new DecodeProblem(`has no bytes in the Parquet file${path === undefined ? '' : `, only a path (${path})`}`);
}

/**
 * Reads images by row. Those of a row group stay in memory once it is read, or else single pages are read each time.
 */
export function createRowReader(
  file: ParquetFile,
  column: string,
  isHeld: boolean,
): (row: number) => Promise<Uint8Array> {
  const held = new Map<RowGroup, Promise<unknown[]>>();
  const readGroup = (group: RowGroup): Promise<unknown[]> => {
    const values = held.get(group) ?? file.read(column, group.firstRow, group.firstRow + group.rows, true);
    held.set(group, values);
    return values;
  };
  return async (row) => {
    try {
      if (!isHeld) return bytesOf((await file.read(column, row, row + 1))[0]);
      const group = file.groups.findLast(({ firstRow }) => firstRow <= row) as RowGroup;
      return bytesOf((await readGroup(group))[row - group.firstRow]);
    } catch (error) {
      if (error instanceof DecodeProblem || isOfMachine(error)) throw error;
      const { message } = error as Error;
      throw new DecodeProblem(`can't be read out of the Parquet file (${message})`, { cause: error });
    }
  };
}

/**
 * Checks that a file holds encoded images, and not only paths of files that are elsewhere, as `datasets` once wrote
 * them; a few rows without are bad images.
 *
 * @throws UserError (exit code 2) where no row has bytes, as far as the writer counted them.
 */
export async function requireBytes(file: ParquetFile, column: string): Promise<void> {
  const isStructure = columnOf(file, column)?.children.includes('bytes');
  if (file.nullCount(isStructure ? `${column}.bytes` : column) !== file.rows) return;
  const [first] = await file.readTable(column, 0, 1);
  const path = pathOf(first);
  const got = path === undefined ? 'none' : `only paths, such as ${path}`;
  const hint =
    path === undefined
      ? 'Write the JPEG or PNG files into the column.'
      : `Fetch the images and list them, in Python: t = pandas.read_parquet("FILE"); t["path"] = [i["path"] for i in t["${column}"]]; t.drop(columns="${column}").to_csv("images.csv", index=False). Then: --data images.csv, beside the images`;
  throw new UserError(
    `expected encoded images in column ${column}, got ${got}: ${file.path} (${formatCount(file.rows)} rows)`,
    { hint, exitCode: 2 },
  );
}

/** Rows that are kept, and what is left out, for people; undefined where all are. */
export interface KeptRows {
  readonly rows: readonly number[];
  readonly note: string;
}

const utf8 = new TextDecoder();

/** A column's values as text, by the names that numbers stand for where the file has such; undefined without it. */
export async function readTexts(file: ParquetFile, column: string): Promise<string[] | undefined> {
  if (columnOf(file, column) === undefined) return undefined;
  const names = classNames(file, { name: column, path: [column] });
  return (await file.readTable(column)).map((value) => {
    const text = value instanceof Uint8Array ? utf8.decode(value) : (names?.[Number(value)] ?? value ?? '');
    return String(text).trim();
  });
}

/**
 * Rows whose download succeeded, of what img2dataset wrote; it keeps the rows of those that failed, without bytes.
 *
 * https://github.com/rom1504/img2dataset
 */
export async function keepDownloaded(files: readonly ParquetFile[]): Promise<KeptRows | undefined> {
  if (!files.every((file) => columnOf(file, 'url') !== undefined)) return undefined;
  const status: string[] = [];
  for (const file of files) {
    const own = await readTexts(file, 'status');
    if (own === undefined) return undefined;
    for (const word of own) status.push(word);
  }
  if (!status.includes('success')) return undefined;
  const failed = new Map<string, number>();
  for (const word of status) if (word !== 'success') failed.set(word, (failed.get(word) ?? 0) + 1);
  if (failed.size === 0) return undefined;
  const rows = Array.from(status.keys()).filter((row) => status[row] === 'success');
  const most = [...failed].sort((a, b) => b[1] - a[1]).slice(0, 3);
  const listed = most.map(([word, count]) => `${formatCount(count)} ${word || 'without'}`).join(', ');
  return {
    rows,
    note: `left out: ${formatCount(status.length - rows.length)} rows whose status is not success (${listed})`,
  };
}
