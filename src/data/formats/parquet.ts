import { UserError } from '../../util/errors.ts';
import { formatBytes } from '../../util/format-bytes.ts';
import { type FileTree, type OpenOptions, originOf } from '../files/file-tree.ts';
import type { ParquetFile } from '../files/parquet-file.ts';
import { extensionOf } from '../files/paths.ts';
import { type Collection, collectionOf } from '../sources/collection.ts';
import type { ImageSource } from '../sources/image-source.ts';
import { type Labels, NO_LABELS, offerNoLabels, withoutLabels } from '../sources/labels.ts';
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
import { createRowReader, requireBytes } from './parquet-rows.ts';
import { type DividedFiles, divideFiles, type SplitRows } from './parquet-splits.ts';

/** A split's images, and their column. */
interface Split extends SplitRows {
  readonly image: string;
}

type RowReader = (row: number) => Promise<Uint8Array>;

/** Readers of files, of which each holds its images once, however many splits they are divided into. */
function shareReaders(isHeld: boolean): (file: ParquetFile, image: string) => RowReader {
  const readers = new Map<string, RowReader>();
  return (file, image) => {
    const key = `${image}\0${file.path}`;
    const reader = readers.get(key) ?? createRowReader(file, image, isHeld);
    readers.set(key, reader);
    return reader;
  };
}

/** All rows of a split's files, without labels. */
function sourceOf({ files, image }: Split, readerOf: ReturnType<typeof shareReaders>, tree: FileTree): ImageSource {
  const starts: number[] = [];
  let count = 0;
  for (const { rows } of files) {
    starts.push(count);
    count += rows;
  }
  const readers = files.map((file) => readerOf(file, image));
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
      return (readers[file] as RowReader)(row);
    },
  };
}

/** Whether images fit into memory; if not, they must be reachable page by page. */
function checkMemory(splits: readonly Split[], tree: FileTree, memoryBytes: number): boolean {
  // Splits may share files.
  const columns = new Map(splits.flatMap(({ files, image }) => files.map((file) => [file, image] as const)));
  const needed = [...columns].reduce((sum, [file, image]) => sum + file.unpackedBytes(image), 0);
  if (needed <= memoryBytes) return true;
  if ([...columns].every(([file, image]) => file.hasPageIndex(image))) return false;
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

/** The splits of files, and how they were found. */
async function findSplits(
  bySplit: ReadonlyMap<string, readonly ParquetFile[]>,
  labelField: string | undefined,
): Promise<DividedFiles & { readonly splits: readonly Split[] }> {
  const used = new Set(labelField === undefined ? [] : [labelField]);
  for (const files of bySplit.values()) {
    const image = imageColumnOf(files);
    used.add(image);
    for (const file of files) await requireBytes(file, image);
  }
  const divided = await divideFiles(bySplit, used);
  return { ...divided, splits: divided.splits.map((split) => ({ ...split, image: imageColumnOf(split.files) })) };
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
 * their rows by a column `split`, `subset`, `is_train` and the like.
 *
 * @throws UserError (exit code 2) for a damaged file, missing columns, files that don't belong together, a named column
 * that holds no labels, or too little memory.
 */
export async function openParquet(tree: FileTree, options: OpenOptions): Promise<Collection | undefined> {
  const { labelField, memoryBytes } = options;
  const candidates = tree.others.filter((path) => extensionOf(path) === '.parquet');
  if (candidates.length === 0) return undefined;
  const { bySplit, paths, notes } = await findParquetFiles(tree, candidates, memoryBytes);
  requireLabelField([...bySplit.values()].flat(), labelField);
  const { splits, notes: divided, whyNoTrain } = await findSplits(bySplit, labelField);
  const isHeld = checkMemory(splits, tree, memoryBytes);
  const readerOf = shareReaders(isHeld);
  const sources: [string, ImageSource][] = [];
  const columns: LabelColumn[] = [];
  for (const split of splits) {
    const { column, ...labels } = await offerNoLabels(() => labelsOf(split, options));
    if (column !== undefined) columns.push(column);
    const whole = sourceOf(split, readerOf, tree);
    sources.push([split.name, { ...(split.rows === undefined ? whole : selectImages(whole, split.rows)), ...labels }]);
  }
  const [column] = columns;
  if (labelField !== undefined && column !== undefined && sources.every(([, { labels }]) => labels === undefined)) {
    await requireLabels(
      splits.flatMap(({ files }) => files),
      column,
    );
  }
  const found = collectionOf(sources, paths, [...notes, ...divided, ...(isHeld ? [] : ['read page by page'])]);
  return whyNoTrain === undefined ? found : { ...found, train: undefined, whyNoTrain };
}
