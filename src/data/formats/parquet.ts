import { UserError } from '../../util/errors.ts';
import { formatBytes } from '../../util/format-bytes.ts';
import { type FileTree, type OpenOptions, originOf } from '../files/file-tree.ts';
import { openParquetFile, type ParquetFile, type RowGroup } from '../files/parquet-file.ts';
import { DecodeProblem } from '../pixels/decode-problem.ts';
import { type Collection, collectionOf } from '../sources/collection.ts';
import type { ImageSource } from '../sources/image-source.ts';
import { type Labels, labelText, NO_LABELS, nameLabels, numberLabels } from '../sources/labels.ts';
import { splitOf } from '../sources/splits.ts';

const IMAGE_COLUMNS = ['image', 'img'];
const LABEL_COLUMNS = ['label', 'labels', 'fine_label', 'class', 'cls'];

function problem(message: string, { path, columns }: ParquetFile, hint: string): UserError {
  const names = columns.map(({ name }) => name).join(', ');
  return new UserError(`${message}, got ${names}: ${path}`, { hint, exitCode: 2 });
}

const hasColumn = ({ columns }: ParquetFile, wanted: string): boolean => columns.some(({ name }) => name === wanted);

function imageColumn(file: ParquetFile): string {
  const binary = file.columns.filter(({ isBinary, children }) => isBinary || children.includes('bytes'));
  const named = binary.find(({ name }) => IMAGE_COLUMNS.includes(name));
  const image = named ?? (binary.length === 1 ? binary[0] : undefined);
  if (image !== undefined) return image.name;
  const hint =
    binary.length === 0 ? 'Write the JPEG or PNG files into a column named image.' : 'Name the column of images image.';
  throw problem('expected a column of encoded images (bytes, or a structure with bytes)', file, hint);
}

/** The column of labels, if all files of a split have it. */
function labelColumn(files: readonly ParquetFile[], labelField: string | undefined): string | undefined {
  const names = labelField === undefined ? LABEL_COLUMNS : [labelField];
  return names.find((name) => files.every((file) => hasColumn(file, name)));
}

/** The names of classes that Hugging Face's `datasets` leaves in a file, by column. */
function classNames(file: ParquetFile, column: string): readonly string[] | undefined {
  const note = file.notes.get('huggingface');
  if (note === undefined) return undefined;
  try {
    const names: unknown = JSON.parse(note)?.info?.features?.[column]?.names;
    const isNames = Array.isArray(names) && names.every((name) => typeof name === 'string');
    return isNames && names.length > 0 ? names : undefined;
  } catch {
    return undefined;
  }
}

async function readLabels(files: readonly ParquetFile[], column: string): Promise<Labels> {
  const values: unknown[] = [];
  const rows: string[] = [];
  for (const file of files) {
    for (const [row, value] of (await file.read(column, 0, file.rows)).entries()) {
      values.push(value);
      rows.push(`${file.path}[${row}]`);
    }
  }
  const names = classNames(files[0] as ParquetFile, column);
  const isIndex = values.every((value) => /^\d+$/.test(labelText(value) ?? ''));
  if (names === undefined || !isIndex) return numberLabels(values, (index) => rows[index] as string);
  return nameLabels(Int32Array.from(values, Number), names, (files[0] as ParquetFile).path);
}

function bytesOf(value: unknown): Uint8Array {
  const bytes: unknown = typeof value === 'object' && value !== null && 'bytes' in value ? value.bytes : value;
  if (bytes instanceof Uint8Array) return bytes;
  throw new DecodeProblem('has no bytes in the Parquet file');
}

/**
 * Reads images by row. Those of a row group stay in memory once it is read, or else single pages are read each time.
 */
function createReader(file: ParquetFile, column: string, isHeld: boolean): (row: number) => Promise<Uint8Array> {
  const held = new Map<RowGroup, Promise<unknown[]>>();
  const readGroup = (group: RowGroup): Promise<unknown[]> => {
    const values = held.get(group) ?? file.read(column, group.firstRow, group.firstRow + group.rows);
    held.set(group, values);
    return values;
  };
  return async (row) => {
    try {
      if (!isHeld) return bytesOf((await file.read(column, row, row + 1))[0]);
      const group = file.groups.findLast(({ firstRow }) => firstRow <= row) as RowGroup;
      return bytesOf((await readGroup(group))[row - group.firstRow]);
    } catch (error) {
      const isOwn = error instanceof DecodeProblem || error instanceof UserError;
      if (isOwn || !(error instanceof Error) || 'syscall' in error) throw error;
      throw new DecodeProblem(`can't be read out of the Parquet file (${error.message})`, { cause: error });
    }
  };
}

async function sourceOf(
  files: readonly ParquetFile[],
  image: string,
  label: string | undefined,
  isHeld: boolean,
  tree: FileTree,
): Promise<ImageSource> {
  const starts: number[] = [];
  let count = 0;
  for (const { rows } of files) {
    starts.push(count);
    count += rows;
  }
  const readers = files.map((file) => createReader(file, image, isHeld));
  const find = (index: number): [file: number, row: number] => {
    const file = starts.findLastIndex((start) => start <= index);
    return [file, index - (starts[file] as number)];
  };
  return {
    kind: 'Parquet',
    count,
    ...(label === undefined ? NO_LABELS : await readLabels(files, label)),
    name: (index) => {
      const [file, row] = find(index);
      return `${(files[file] as ParquetFile).path}[${row}]`;
    },
    origin: (index) => originOf(tree, (files[find(index)[0]] as ParquetFile).path),
    read: async (index) => {
      const [file, row] = find(index);
      return (readers[file] as (row: number) => Promise<Uint8Array>)(row);
    },
  };
}

/** Whether images fit into memory; if not, they must be reachable page by page. */
function checkMemory(files: readonly ParquetFile[], column: string, tree: FileTree, memoryBytes: number): boolean {
  const needed = files.reduce((sum, file) => sum + file.unpackedBytes(column), 0);
  if (needed <= memoryBytes) return true;
  if (files.every((file) => file.hasPageIndex(column))) return false;
  throw new UserError(
    `expected Parquet files with a page index, or at most ${formatBytes(memoryBytes)} of images (then they are held in memory), got ${formatBytes(needed)} without: ${tree.where}`,
    { hint: 'Raise data.memoryBudget, or write the files with write_page_index=True (pyarrow).', exitCode: 2 },
  );
}

/**
 * Parquet files with a column of encoded images, as Hugging Face's `datasets` writes them: a structure of `bytes` and
 * `path`, or bytes alone, with a column of labels. Files are split by their names (`train-00000-of-00002.parquet`).
 *
 * @throws UserError (exit code 2) for a damaged file, missing columns, labels out of range, or too little memory.
 */
export async function openParquet(tree: FileTree, options: OpenOptions): Promise<Collection | undefined> {
  const paths = tree.others.filter((path) => path.endsWith('.parquet'));
  if (paths.length === 0) return undefined;
  const bySplit = new Map<string, ParquetFile[]>();
  const files: ParquetFile[] = [];
  for (const path of paths) {
    const file = await openParquetFile(path, await tree.open(path));
    files.push(file);
    if (file.rows > 0) bySplit.set(splitOf(path), [...(bySplit.get(splitOf(path)) ?? []), file]);
  }
  const [first] = files.filter(({ rows }) => rows > 0);
  if (first === undefined) {
    throw new UserError(`expected rows of images, got none in ${tree.where}`, { exitCode: 2 });
  }
  const { labelField } = options;
  if (labelField !== undefined && !files.some((file) => hasColumn(file, labelField))) {
    throw problem(`expected a column ${labelField} (data.labelField)`, first, 'Name one of the columns.');
  }
  const image = imageColumn(first);
  const other = files.find((file) => !hasColumn(file, image));
  if (other !== undefined)
    throw problem(`expected a column ${image} as in ${first.path}`, other, 'Keep to one data set.');
  const isHeld = checkMemory(files, image, tree, options.memoryBytes);
  const sources: [string, ImageSource][] = [];
  for (const [split, part] of bySplit) {
    sources.push([split, await sourceOf(part, image, labelColumn(part, labelField), isHeld, tree)]);
  }
  return collectionOf(sources, paths, isHeld ? [] : ['read page by page']);
}
