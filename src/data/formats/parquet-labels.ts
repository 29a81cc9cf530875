import { UserError } from '../../util/errors.ts';
import { listNames } from '../../util/list-names.ts';
import { shellWord } from '../../util/shell-word.ts';
import type { ParquetFile } from '../files/parquet-file.ts';
import { toOneForm } from '../sources/class-names.ts';
import { type Labels, labelText, whyNoLabel, withoutLabels } from '../sources/labels.ts';
import type { LabelColumn } from './parquet-columns.ts';
import { type FileLabels, joinKinds, kindOf } from './parquet-label-kinds.ts';

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The names of classes that Hugging Face's `datasets` leaves in a file, for a column or a part of it. */
export function classNames(file: ParquetFile, { path }: LabelColumn): readonly string[] | undefined {
  const note = file.notes.get('huggingface');
  if (note === undefined) return undefined;
  try {
    let found: unknown = JSON.parse(note)?.info?.features;
    for (const name of path) found = isRecord(found) ? found[name] : undefined;
    const names = isRecord(found) ? found['names'] : undefined;
    const isNames = Array.isArray(names) && names.every((name) => typeof name === 'string');
    return isNames && names.length > 0 ? names.map(toOneForm) : undefined;
  } catch {
    return undefined;
  }
}

async function readColumn(file: ParquetFile, { path: [top = '', ...rest] }: LabelColumn): Promise<unknown[]> {
  const values = await file.readTable(top);
  return rest.reduce((below, name) => below.map((value) => (isRecord(value) ? value[name] : undefined)), values);
}

/**
 * The labels of files whose classes have names: each file's numbers stand for its own names, which may be in another
 * order than those of the first.
 */
function nameByFile(files: readonly FileLabels[], first: readonly string[]): Labels {
  const count = files.reduce((sum, { values }) => sum + values.length, 0);
  const labels = new Int32Array(count);
  let row = 0;
  const numbers = new Map(first.map((name, index) => [name, index]));
  for (const { file, rows, values, names = [] } of files) {
    const indices = names.map((name) => numbers.get(name));
    for (const [i, value] of values.entries()) {
      const index = indices[Number(value)];
      if (index === undefined) {
        return withoutLabels(`${file.path}[${rows[i]}] has class ${value}, but only ${names.length} have names`);
      }
      labels[row++] = index;
    }
  }
  return { labels, classes: first };
}

function otherClasses(a: FileLabels, b: FileLabels): UserError {
  const listed = ({ file, names = [] }: FileLabels): string => `${listNames(names)} in ${file.path}`;
  return new UserError(`expected files of one data set, got other classes: ${listed(a)}, and ${listed(b)}`, {
    hint: 'Name the files of one data set, or join them without labels: --set data.labels=none',
    exitCode: 2,
  });
}

const isSameSet = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && new Set([...a, ...b]).size === new Set(a).size;

async function readFile(file: ParquetFile, column: LabelColumn, isKept: (row: number) => boolean): Promise<FileLabels> {
  const all = await readColumn(file, column);
  const rows = Array.from(all.keys()).filter(isKept);
  return { file, rows, values: rows.map((row) => all[row]), names: classNames(file, column) };
}

/**
 * The labels of a split: numbers become the names that their own file has for them.
 *
 * @param kept the rows that are the split's, counted through all files; all without it.
 * @throws UserError (exit code 2) for files whose classes have other names.
 */
export async function readParquetLabels(
  files: readonly ParquetFile[],
  column: LabelColumn,
  kept: readonly number[] | undefined,
): Promise<Labels> {
  const wanted = kept && new Set(kept);
  const read: FileLabels[] = [];
  let start = 0;
  for (const file of files) {
    const first = start;
    read.push(await readFile(file, column, (row) => wanted?.has(first + row) ?? true));
    start += file.rows;
  }
  const values = read.flatMap((part) => part.values);
  const nameOf = (index: number): string => {
    let place = index;
    for (const { file, rows } of read) {
      if (place < rows.length) return `${file.path}[${rows[place]}]`;
      place -= rows.length;
    }
    return String(index);
  };
  const isIndex = values.every((value) => /^\d+$/.test(labelText(value) ?? ''));
  const named = read.find(({ names }) => names);
  if (named?.names === undefined || !isIndex) return joinKinds(read, nameOf);
  const nameless = read.find(({ names }) => names === undefined);
  if (nameless !== undefined && kindOf(nameless) === 'numbers') {
    return withoutLabels(`${nameless.file.path} has no names for its classes, ${named.file.path} has`);
  }
  if (nameless !== undefined) return joinKinds(read, nameOf);
  const other = read.find(({ names = [] }) => !isSameSet(names, named.names ?? []));
  if (other !== undefined) throw otherClasses(named, other);
  return nameByFile(read, named.names);
}

/**
 * Checks that a column which the user names holds labels: a list, a structure or nothing but missing values does not.
 *
 * @throws UserError (exit code 2) that says what the column holds.
 */
export async function requireLabels(files: readonly ParquetFile[], column: LabelColumn): Promise<void> {
  for (const file of files) {
    if ((await readColumn(file, column)).some((value) => labelText(value) !== undefined)) return;
  }
  const [file] = files;
  const [value] = file === undefined ? [] : await readColumn(file, column);
  const parts = isRecord(value) && !ArrayBuffer.isView(value) ? Object.keys(value) : [];
  const [part, ...others] = parts.map((name) => `${column.name}.${name}`);
  const more = others.length === 0 ? '' : ` (or ${others.join(', ')})`;
  const hint =
    part === undefined
      ? 'Name a column with one class for each image, or leave data.labelField out.'
      : `Choose a part of the structure: --set ${shellWord(`data.labelField=${part}`)}${more}`;
  throw new UserError(
    `expected a class for each image in ${column.name} (data.labelField), got none: ${file?.path}[0] ${whyNoLabel(value)}`,
    { hint, exitCode: 2 },
  );
}
