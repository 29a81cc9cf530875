import { codeValues } from '../../util/coded-values.ts';
import { UserError } from '../../util/errors.ts';
import { quoteWord } from '../../util/shell-word.ts';
import { type FileTree, type OpenOptions, originOf } from '../files/file-tree.ts';
import { createRecordReader, readByteColumn, toRgb } from '../files/records.ts';
import { isSameBytes } from '../files/same-bytes.ts';
import { type Collection, collectionOf } from '../sources/collection.ts';
import { requireCountable } from '../sources/image-count.ts';
import type { ImageSource } from '../sources/image-source.ts';
import { type Labels, NO_LABELS, numberLabels, offerNoLabels, withoutLabels } from '../sources/labels.ts';
import { INT32, openIdx, readFirstColumn, UNSIGNED_BYTE } from './idx-file.ts';
import { severalSets } from './one-set.ts';
import { refuseOtherTests } from './other-tests.ts';
import { type PartName, partName } from './part-name.ts';

/** Images of a byte a pixel; labels of a byte, or QMNIST's of eight integers. */
const IDX_FILE = /(images|labels)[-._](idx[123])[-._](ubyte|int)(\.gz)?$/i;

/** Numbers that QMNIST has for each image; the first is the class. */
const QMNIST_COLUMNS = 8;

/** A file of images or labels, by what its name says. */
interface IdxName extends PartName {
  /** The path without what files of images and labels have in common. */
  readonly name: string;
  readonly role: 'images' | 'labels';
}

const isPacked = (path: string): boolean => /\.gz$/i.test(path);

/**
 * What a path says. `train-images.idx3-ubyte` and `train-images-idx3-ubyte` are one name, and so is a folder of the
 * file's own name, as Kaggle's archives have it: `train-images-idx3-ubyte/train-images-idx3-ubyte`.
 */
function readName(path: string): IdxName | undefined {
  // In small letters: T10K and TRAIN are splits, too.
  const lower = path.toLowerCase();
  const [tail = '', role] = IDX_FILE.exec(lower) ?? [];
  if (role !== 'images' && role !== 'labels') return undefined;
  const folders = lower.slice(0, -tail.length).split('/');
  const stem = folders.pop() as string;
  const own = folders.filter((folder) => !IDX_FILE.test(folder));
  const name = [...own, stem].join('/');
  return { ...partName(name), name, path, role };
}

/**
 * One of several files for the same images or labels: an unpacked one before its .gz, and one of equal bytes for all.
 *
 * @throws UserError (exit code 2) for files that differ.
 */
async function chooseFile(tree: FileTree, files: readonly IdxName[]): Promise<IdxName | undefined> {
  const plain = files.filter(({ path }) => !isPacked(path));
  const [first, ...others] = plain.length > 0 ? plain : files;
  if (first === undefined) return undefined;
  for (const other of others) {
    if (await isSameBytes(await tree.open(first.path), await tree.open(other.path))) continue;
    throw new UserError(
      `expected one file of ${first.split || 'the'} ${first.role}, got two that differ: ${first.path} and ${other.path}`,
      { hint: `Leave one out: --set ${quoteWord(`data.exclude=[${other.path}]`)}`, exitCode: 2 },
    );
  }
  return first;
}

async function readLabels(
  tree: FileTree,
  label: IdxName,
  images: IdxName,
  count: number,
  memoryBytes: number,
): Promise<Labels> {
  const { path } = label;
  const [, , dimensions, type] = IDX_FILE.exec(path.toLowerCase()) ?? [];
  const isIntegers = type === 'int';
  const file = await openIdx(
    tree,
    path,
    [isIntegers ? INT32 : UNSIGNED_BYTE],
    Number(dimensions?.slice(3)),
    memoryBytes,
  );
  const { bytes, shape, start } = file;
  if (shape[0] !== count) {
    throw new UserError(`expected ${count} labels, as many as images in ${images.path}, got ${shape[0]} in ${path}`, {
      hint: 'Fetch both again.',
      exitCode: 2,
    });
  }
  const isOne =
    shape.length === 1 || (shape.length === 2 && (shape[1] === 1 || (isIntegers && shape[1] === QMNIST_COLUMNS)));
  if (!isOne) return withoutLabels(`${path} is ${shape.join(' x ')}, and not a class for each image`);
  const values = isIntegers
    ? await readFirstColumn(file)
    : Array.from(await readByteColumn(bytes, { start, length: 1, count }, 0));
  return numberLabels(codeValues<unknown>(values), (index) => `${path}[${index}]`);
}

async function openImages(
  tree: FileTree,
  images: IdxName,
  label: IdxName | undefined,
  memoryBytes: number,
): Promise<ImageSource> {
  const { path } = images;
  const { bytes, shape, start } = await openIdx(tree, path, [UNSIGNED_BYTE], 3, memoryBytes);
  const [count, height, width] = shape as [number, number, number];
  requireCountable(count, memoryBytes, path);
  const layout = { height, width, channels: 1, order: 'interleaved' } as const;
  const read = createRecordReader(bytes, { start, length: height * width, count });
  return {
    kind: 'IDX',
    count,
    size: { height, width },
    ...(label === undefined
      ? NO_LABELS
      : await offerNoLabels(() => readLabels(tree, label, images, count, memoryBytes))),
    name: (index) => `${path}[${index}]`,
    origin: () => originOf(tree, path),
    read: async (index) => toRgb(await read(index), layout),
  };
}

function checkOneSet(tree: FileTree, files: readonly IdxName[]): void {
  const images = files.filter(({ role }) => role === 'images');
  const sets = new Set(images.map(({ set }) => set));
  const splits = new Set(images.map(({ split }) => split));
  const isClear = [...splits].every(
    (split) => new Set(images.filter((file) => file.split === split).map(({ set }) => set)).size === 1,
  );
  if (sets.size === 1 || isClear || tree.kind === 'file') return;
  const bySet = new Map(
    [...sets].map((set) => [
      set.replace(/\/$/, '') || '.',
      files.filter((file) => file.set === set).map(({ path }) => path),
    ]),
  );
  throw severalSets(tree, 'data set', bySet);
}

/**
 * Grey images of IDX files, as MNIST, Fashion-MNIST, EMNIST and QMNIST have them: `train-images-idx3-ubyte`,
 * `train-labels-idx1-ubyte`, `t10k-...`, also with `.gz` (then unpacked into memory).
 *
 * http://yann.lecun.com/exdb/mnist/
 *
 * @throws UserError (exit code 2) for several data sets, another header, a wrong length, or another number of labels.
 */
export async function openIdxFiles(tree: FileTree, options: OpenOptions): Promise<Collection | undefined> {
  const { memoryBytes } = options;
  const named = tree.others.map(readName).filter((file) => file !== undefined);
  const images = named.filter(({ role }) => role === 'images');
  if (images.length === 0) return undefined;
  checkOneSet(tree, named);
  refuseOtherTests(tree, images);
  const sources: [string, ImageSource][] = [];
  const used: string[] = [];
  for (const split of new Set(images.map((file) => file.split))) {
    const own = images.filter((file) => file.split === split);
    const chosen = (await chooseFile(tree, own)) as IdxName;
    const labels = named.filter((file) => file.role === 'labels' && file.split === split && file.set === chosen.set);
    const label = options.labels === 'none' ? undefined : await offerNoLabels(() => chooseFile(tree, labels));
    const source = await openImages(tree, chosen, label, memoryBytes);
    const isMissing = label === undefined && options.labels !== 'none' && tree.kind !== 'file';
    const why = `no file of labels has the name of ${chosen.path}`;
    sources.push([split, isMissing ? { ...source, ...withoutLabels(why) } : source]);
    used.push(...[chosen, ...(label === undefined ? [] : [label])].map(({ path }) => path));
  }
  return collectionOf(sources, used);
}
