import { UserError } from '../../util/errors.ts';
import { formatCount } from '../../util/format-count.ts';
import { quoteWord } from '../../util/shell-word.ts';
import { type FileTree, type OpenOptions, originOf } from '../files/file-tree.ts';
import { type NpyArray, readNpy } from '../files/npy.ts';
import { openNpz } from '../files/npz.ts';
import { extensionOf } from '../files/paths.ts';
import { createRecordReader, toRgb } from '../files/records.ts';
import { type Collection, collectionOf } from '../sources/collection.ts';
import type { ImageSource } from '../sources/image-source.ts';
import { type Labels, NO_LABELS, withoutLabels } from '../sources/labels.ts';
import { noImages } from '../sources/no-images.ts';
import { splitOf } from '../sources/splits.ts';
import { numpyLabels } from './numpy-labels.ts';
import { pixelLayout } from './numpy-pixels.ts';

const IMAGE_WORDS = new Set(['image', 'images', 'img', 'imgs', 'x', 'data', 'pixels', 'arr_0']);
const LABEL_WORDS = new Set(['label', 'labels', 'y', 'target', 'targets', 'class', 'classes', 'arr_1']);

/** An array whose header is read only where its name says that it is needed. */
interface UnreadArray {
  /** The file without its extension, and within an .npz the array's name. */
  readonly name: string;
  readonly path: string;
  readonly read: () => Promise<NpyArray>;
}

const baseOf = (name: string): string => name.slice(name.lastIndexOf('/') + 1).toLowerCase();

/** What an array is by the words of its name; `x_train` and `train_images` hold training images. */
function roleOf({ name }: UnreadArray): 'images' | 'labels' | undefined {
  const base = baseOf(name);
  const words = [base, ...base.split(/[^a-z0-9]+/)];
  if (words.some((word) => LABEL_WORDS.has(word))) return 'labels';
  return words.some((word) => IMAGE_WORDS.has(word)) ? 'images' : undefined;
}

async function listArrays(tree: FileTree, memoryBytes: number): Promise<UnreadArray[]> {
  const arrays: UnreadArray[] = [];
  for (const path of tree.others) {
    const name = path.slice(0, -4);
    if (extensionOf(path) === '.npy')
      arrays.push({ name, path, read: async () => readNpy(await tree.open(path), path) });
    if (extensionOf(path) !== '.npz') continue;
    for (const [inner, bytes] of await openNpz(tree.diskPath(path), path, await tree.open(path), memoryBytes)) {
      arrays.push({ name: `${name}/${inner}`, path, read: () => readNpy(bytes, `${path}/${inner}`) });
    }
  }
  return arrays;
}

/**
 * The arrays of labels that can belong to an array of images: of its split, and of its own .npz where that has some;
 * those that `labelField` is a part of the names of.
 */
function labelsFor(images: UnreadArray, labels: readonly UnreadArray[], labelField: string | undefined): UnreadArray[] {
  const wanted = labelField?.toLowerCase() ?? '';
  const fitting = labels.filter(({ name }) => splitOf(name) === splitOf(images.name) && baseOf(name).includes(wanted));
  const own = fitting.filter(({ path }) => path === images.path);
  return own.length > 0 ? own : fitting;
}

async function readLabels(found: readonly UnreadArray[], count: number, images: string): Promise<Labels> {
  const [label, ...others] = found;
  if (label === undefined) return NO_LABELS;
  if (others.length > 0) {
    const names = found.map(({ name }) => baseOf(name)).join(', ');
    return withoutLabels(`${formatCount(found.length)} arrays could be labels, ${names}: data.labelField chooses one`);
  }
  return numpyLabels(await label.read(), count, images);
}

async function openImages(unread: UnreadArray, labels: readonly UnreadArray[], tree: FileTree): Promise<ImageSource> {
  const images = await unread.read();
  const layout = await pixelLayout(images);
  const [count = 0] = images.shape;
  const { height, width, channels } = layout;
  const read = createRecordReader(images.bytes, { start: images.start, length: height * width * channels, count });
  const origin = originOf(tree, unread.path);
  return {
    kind: 'NumPy arrays',
    count,
    size: { height, width },
    ...(await readLabels(labels, count, images.where)),
    name: (index) => `${images.where}[${index}]`,
    origin: () => origin,
    read: async (index) => toRgb(await read(index), layout),
  };
}

function checkOneSet(images: readonly UnreadArray[], where: string): void {
  const files = [...new Set(images.map(({ path }) => path))].filter((path) => extensionOf(path) === '.npz');
  const splits = new Set(images.map(({ name }) => splitOf(name)));
  if (files.length < 2 || splits.size === images.length) return;
  throw new UserError(`expected one data set, got ${files.length}: ${files.join(', ')} in ${where}`, {
    hint: `Choose one: --data ${quoteWord(`${where}/${files[0]}`)}`,
    exitCode: 2,
  });
}

function arraysProblem(arrays: readonly UnreadArray[], where: string): UserError {
  const seen = arrays.slice(0, 8).map(({ name }) => name);
  return noImages(
    `expected an array of images, got ${seen.length === 0 ? 'none' : `arrays named ${seen.join(', ')}`} in ${where}`,
    'Name the arrays images and labels, or x_train, y_train, x_test and y_test.',
  );
}

/**
 * NumPy arrays: .npy files, or the arrays of an .npz file, paired by their names: `images` and `labels`, `x_train` and
 * `y_train`, `test_images` and `test_labels`.
 *
 * @throws UserError (exit code 2) for arrays that are no images, whose lengths differ, or whose names say nothing.
 */
export async function openNumpy(tree: FileTree, options: OpenOptions): Promise<Collection | undefined> {
  if (!tree.others.some((path) => /\.np[yz]$/i.test(path))) return undefined;
  const { memoryBytes, labelField } = options;
  const arrays = await listArrays(tree, memoryBytes);
  const roleIn = (array: UnreadArray) =>
    roleOf(array) ?? (arrays.length === 1 && tree.images.length === 0 ? 'images' : undefined);
  const images = arrays.filter((array) => roleIn(array) === 'images');
  const labels = options.labels === 'none' ? [] : arrays.filter((array) => roleIn(array) === 'labels');
  if (images.length === 0) throw arraysProblem(arrays, tree.where);
  checkOneSet(images, tree.where);
  const used = new Set<UnreadArray>(images);
  const sources: [split: string, source: ImageSource][] = [];
  for (const array of images) {
    const own = labelsFor(array, labels, labelField);
    for (const label of own) used.add(label);
    sources.push([splitOf(array.name), await openImages(array, own, tree)]);
  }
  if (labelField !== undefined && labels.length > 0 && used.size === images.length) {
    const names = labels.map(({ name }) => baseOf(name)).join(', ');
    throw new UserError(`expected an array of labels named ${labelField} (data.labelField), got ${names}`, {
      hint: 'Name one of the arrays, or a part of its name.',
      exitCode: 2,
    });
  }
  const files = new Set([...used].map(({ path }) => path));
  const unread = arrays.filter((array) => !used.has(array) && files.has(array.path)).map(({ name }) => name);
  const notes = unread.length === 0 ? [] : [`arrays not read: ${unread.join(', ')}`];
  return collectionOf(sources, files, notes);
}
