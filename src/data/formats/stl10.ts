import { UserError } from '../../util/errors.ts';
import { quoteWord } from '../../util/shell-word.ts';
import { type FileTree, type OpenOptions, originOf } from '../files/file-tree.ts';
import { findInAnyCase } from '../files/names-in-any-case.ts';
import { readLines } from '../files/read-text.ts';
import { createRecordReader, readByteColumn, toRgb } from '../files/records.ts';
import { type Collection, collectionOf } from '../sources/collection.ts';
import { requireCountable } from '../sources/image-count.ts';
import type { ImageSource } from '../sources/image-source.ts';
import { type Labels, NO_LABELS, nameLabels, offerNoLabels } from '../sources/labels.ts';
import { selectImages } from '../sources/selection.ts';

const PIXELS = { height: 96, width: 96, channels: 3, order: 'planes of columns' } as const;
const PIXEL_BYTES = 96 * 96 * 3;

const CLASSES = 'airplane bird car cat deer dog horse monkey ship truck'.split(' ');

function damaged(path: string, wanted: string, got: string, more = ''): UserError {
  return new UserError(`expected ${wanted}, got ${got}: ${path}`, {
    hint: `Fetch it again; the file is cut short or of another kind.${more}`,
    exitCode: 2,
  });
}

async function readLabels(tree: FileTree, path: string, count: number, classes: readonly string[]): Promise<Labels> {
  const bytes = await tree.open(path);
  if (bytes.size !== count) throw damaged(path, `${count} labels of a byte each`, `${bytes.size} bytes`);
  const labels = await readByteColumn(bytes, { start: 0, length: 1, count }, 0);
  const fromZero = labels.map((label) => label - 1);
  return nameLabels(fromZero, classes, `${path} (where they count from 1)`);
}

/** @param classes the names of the labels; these are left alone without it. */
async function openSplit(
  tree: FileTree,
  folder: string,
  split: string,
  classes: readonly string[] | undefined,
  memoryBytes: number,
): Promise<ImageSource | undefined> {
  const path = findInAnyCase(tree.others, `${folder}${split}_X.bin`);
  if (path === undefined) return undefined;
  const bytes = await tree.open(path);
  const count = bytes.size / PIXEL_BYTES;
  if (count === 0 || !Number.isInteger(count)) {
    throw damaged(path, `STL-10 images of ${PIXEL_BYTES} bytes`, `${bytes.size} bytes in all`);
  }
  requireCountable(count, memoryBytes, path);
  const read = createRecordReader(bytes, { start: 0, length: PIXEL_BYTES, count });
  const labelFile = findInAnyCase(tree.others, `${folder}${split}_y.bin`);
  const source: ImageSource = {
    kind: 'STL-10 binary',
    count,
    size: PIXELS,
    ...(labelFile !== undefined && classes !== undefined
      ? await offerNoLabels(() => readLabels(tree, labelFile, count, classes))
      : NO_LABELS),
    name: (index) => `${path}[${index}]`,
    origin: () => originOf(tree, path),
    read: async (index) => toRgb(await read(index), PIXELS),
  };
  return source;
}

/** The files of the data set. */
const STL10_FILE = /(^|\/)((train|test|unlabeled)_[Xy]\.bin|class_names\.txt|fold_indices\.txt)$/i;

const withoutFolds = (path: string): string =>
  `To go on without the folds: --set ${quoteWord(`data.exclude=[${path}]`)}`;

/** The ten predefined folds: a line of training indices each, counted from 0. */
async function readFolds(tree: FileTree, path: string, train: ImageSource): Promise<[string, ImageSource][]> {
  const lines = await readLines(tree, path);
  return lines.map((line, fold) => {
    const indices = line.split(/\s+/).map(Number);
    const outside = indices.find((index) => !Number.isInteger(index) || index < 0 || index >= train.count);
    if (outside !== undefined) {
      const wanted = `indices from 0 to ${train.count - 1} in line ${fold + 1}`;
      throw damaged(path, wanted, String(outside), ` ${withoutFolds(path)}`);
    }
    return [`fold${fold}`, selectImages(train, indices)];
  });
}

/**
 * The original binary files of STL-10 (`train_X.bin`, `train_y.bin`, `test_X.bin`, `test_y.bin`, `unlabeled_X.bin`), in
 * a folder or an archive: a plane each of red, green and blue, column by column. Its predefined folds are the splits
 * `fold0` to `fold9`.
 *
 * https://cs.stanford.edu/~acoates/stl10/
 *
 * @throws UserError (exit code 2) for files of another length, or labels or indices out of range.
 */
export async function openStl10(tree: FileTree, options: OpenOptions): Promise<Collection | undefined> {
  const found = tree.others.find((path) => /(^|\/)(train|test|unlabeled)_X\.bin$/i.test(path));
  if (found === undefined) return undefined;
  const folder = found.slice(0, found.lastIndexOf('/') + 1);
  const namesFile = findInAnyCase(tree.others, `${folder}class_names.txt`);
  const readClasses = async (): Promise<readonly string[]> =>
    namesFile === undefined ? CLASSES : await readLines(tree, namesFile);
  const classes = options.labels === 'none' ? undefined : await offerNoLabels(readClasses);
  const sources = new Map<string, ImageSource>();
  for (const split of ['train', 'test', 'unlabeled']) {
    const source = await openSplit(tree, folder, split, classes, options.memoryBytes);
    if (source !== undefined) sources.set(split, source);
  }
  const [train, foldsFile] = [sources.get('train'), findInAnyCase(tree.others, `${folder}fold_indices.txt`)];
  if (train !== undefined && foldsFile !== undefined) {
    for (const [name, fold] of await readFolds(tree, foldsFile, train)) sources.set(name, fold);
  }
  const files = tree.others.filter((path) => path.startsWith(folder) && STL10_FILE.test(path));
  const folds = [...sources.keys()].filter((name) => name.startsWith('fold'));
  return collectionOf(sources, files, [], new Set(folds));
}
