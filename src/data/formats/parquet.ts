import { UserError } from '../../util/errors.ts';
import { formatBytes } from '../../util/format-bytes.ts';
import { type FileTree, type OpenOptions, originOf } from '../files/file-tree.ts';
import type { ParquetFile } from '../files/parquet-file.ts';
import { extensionOf } from '../files/paths.ts';
import { type Collection, collectionOf } from '../sources/collection.ts';
import type { ImageSource } from '../sources/image-source.ts';
import { type Labels, NO_LABELS, withoutLabels } from '../sources/labels.ts';
import { selectImages } from '../sources/selection.ts';
import {
  columnOf,
  columnProblem,
  imageColumn,
  type LabelColumn,
  labelColumn,
  requireLabelField,
} from './parquet-columns.ts';
import { findParquetFiles } from './parquet-files.ts';
import { readParquetLabels, requireLabels } from './parquet-labels.ts';
import { createRowReader, keepDownloaded, requireBytes, rowsBySplit } from './parquet-rows.ts';

/** A split's files, and where its images are in them. */
interface Split {
  readonly name: string;
  readonly files: readonly ParquetFile[];
  readonly image: string;
  /** The rows that are its images, counted through all files; all without it. */
  readonly rows?: readonly number[] | undefined;
}

/** All rows of a split's files, without labels. */
function sourceOf({ files, image }: Split, isHeld: boolean, tree: FileTree): ImageSource {
  const starts: number[] = [];
  let count = 0;
  for (const { rows } of files) {
    starts.push(count);
    count += rows;
  }
  const readers = files.map((file) => createRowReader(file, image, isHeld));
  const find = (index: number): [file: number, row: number] => {
    const file = starts.findLastIndex((start) => start <= index);
    return [file, index - (starts[file] as number)];
  };
  return {
    kind: 'Parquet',
    count,
    ...NO_LABELS,
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
function checkMemory(splits: readonly Split[], tree: FileTree, memoryBytes: number): boolean {
  const columns = splits.flatMap(({ files, image }) => files.map((file) => [file, image] as const));
  const needed = columns.reduce((sum, [file, image]) => sum + file.unpackedBytes(image), 0);
  if (needed <= memoryBytes) return true;
  if (columns.every(([file, image]) => file.hasPageIndex(image))) return false;
  throw new UserError(
    `expected Parquet files with a page index, or at most ${formatBytes(memoryBytes)} of images (then they are held in memory), got ${formatBytes(needed)} without: ${tree.where}`,
    { hint: 'Raise data.memoryBudget, or write the files with write_page_index=True (pyarrow).', exitCode: 2 },
  );
}

/** A split's column of images, which all its files have. */
function imageColumnOf(files: readonly ParquetFile[]): string {
  const [first, ...rest] = files as [ParquetFile, ...ParquetFile[]];
  const image = imageColumn(first);
  const other = rest.find((file) => columnOf(file, image) === undefined);
  if (other === undefined) return image;
  throw columnProblem(`expected a column ${image} as in ${first.path}`, other, 'Keep to one data set.');
}

/** The splits of files, and what of their rows is left out, for people. */
async function findSplits(bySplit: ReadonlyMap<string, readonly ParquetFile[]>): Promise<[Split[], string[]]> {
  const splits: Split[] = [];
  const notes: string[] = [];
  for (const [name, files] of bySplit) {
    const image = imageColumnOf(files);
    for (const file of files) await requireBytes(file, image);
    const kept = await keepDownloaded(files);
    if (kept !== undefined) notes.push(kept.note);
    const divided = name === '' && bySplit.size === 1 ? await rowsBySplit(files, kept?.rows) : undefined;
    if (divided === undefined) splits.push({ name, files, image, rows: kept?.rows });
    else for (const [own, rows] of divided) splits.push({ name: own, files, image, rows });
  }
  return [splits, notes];
}

async function labelsOf(
  { files, image, rows }: Split,
  { labels, labelField }: OpenOptions,
): Promise<Labels & { readonly column?: LabelColumn | undefined }> {
  if (labels === 'none') return NO_LABELS;
  const found = labelColumn(files, labelField, image);
  if ('column' in found) return { ...(await readParquetLabels(files, found.column, rows)), column: found.column };
  return found.why === undefined ? NO_LABELS : withoutLabels(found.why);
}

/**
 * Parquet files with a column of encoded images, as Hugging Face's `datasets` writes them: a structure of `bytes` and
 * `path`, or bytes alone, with a column of labels. Files are split by their names (`train-00000-of-00002.parquet`), or
 * their rows by a column `split`.
 *
 * @throws UserError (exit code 2) for a damaged file, missing columns, files that don't belong together, a named column
 * that holds no labels, or too little memory.
 */
export async function openParquet(tree: FileTree, options: OpenOptions): Promise<Collection | undefined> {
  const { labelField, memoryBytes } = options;
  const candidates = tree.others.filter((path) => extensionOf(path) === '.parquet');
  if (candidates.length === 0) return undefined;
  const { bySplit, paths, notes } = await findParquetFiles(tree, candidates);
  requireLabelField([...bySplit.values()].flat(), labelField);
  const [splits, leftOut] = await findSplits(bySplit);
  const isHeld = checkMemory(splits, tree, memoryBytes);
  const sources: [string, ImageSource][] = [];
  const columns: LabelColumn[] = [];
  for (const split of splits) {
    const { column, ...labels } = await labelsOf(split, options);
    if (column !== undefined) columns.push(column);
    const whole = sourceOf(split, isHeld, tree);
    sources.push([split.name, { ...(split.rows === undefined ? whole : selectImages(whole, split.rows)), ...labels }]);
  }
  const [column] = columns;
  if (labelField !== undefined && column !== undefined && sources.every(([, { labels }]) => labels === undefined)) {
    await requireLabels(
      splits.flatMap(({ files }) => files),
      column,
    );
  }
  return collectionOf(sources, paths, [...notes, ...leftOut, ...(isHeld ? [] : ['read page by page'])]);
}
