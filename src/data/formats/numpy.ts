import { UserError } from '../../util/errors.ts';
import { type FileTree, type OpenOptions, originOf } from '../files/file-tree.ts';
import { type NpyArray, readNpy, readValues } from '../files/npy.ts';
import { openNpz } from '../files/npz.ts';
import { createRecordReader, type PixelLayout, toRgb } from '../files/records.ts';
import { type Collection, collectionOf } from '../sources/collection.ts';
import type { ImageSource } from '../sources/image-source.ts';
import { type Labels, NO_LABELS, numberLabels } from '../sources/labels.ts';
import { splitOf } from '../sources/splits.ts';

const IMAGE_WORDS = new Set(['image', 'images', 'img', 'imgs', 'x', 'data', 'pixels', 'arr_0']);
const LABEL_WORDS = new Set(['label', 'labels', 'y', 'target', 'targets', 'class', 'classes', 'arr_1']);

/** What an array is by the words of its name; `x_train` and `train_images` hold training images. */
function roleOf(name: string): 'images' | 'labels' | undefined {
  const base = name.slice(name.lastIndexOf('/') + 1).toLowerCase();
  const words = [base, ...base.split(/[^a-z0-9]+/)];
  if (words.some((word) => LABEL_WORDS.has(word))) return 'labels';
  return words.some((word) => IMAGE_WORDS.has(word)) ? 'images' : undefined;
}

function pixelLayout({ shape, type, where }: NpyArray): PixelLayout {
  const [, a, b, c] = shape;
  if (type === '|u1' && a && b) {
    if (shape.length === 3) return { height: a, width: b, channels: 1, order: 'interleaved' };
    if (shape.length === 4 && (c === 3 || c === 1)) return { height: a, width: b, channels: c, order: 'interleaved' };
    if (shape.length === 4 && c && (a === 3 || a === 1)) return { height: b, width: c, channels: a, order: 'planes' };
  }
  throw new UserError(
    `expected images as uint8 [n, height, width], [n, height, width, 1 or 3] or [n, 1 or 3, height, width], got ${type} [${shape.join(', ')}]: ${where}`,
    { hint: 'Save pixels from 0 to 255 with astype("uint8").', exitCode: 2 },
  );
}

async function openImages(images: NpyArray, labels: NpyArray | undefined, origin: string): Promise<ImageSource> {
  const layout = pixelLayout(images);
  const [count = 0] = images.shape;
  const { height, width, channels } = layout;
  if (labels !== undefined && labels.shape[0] !== count) {
    throw new UserError(
      `expected ${count} labels, as many as images in ${images.where}, got ${labels.shape[0]} in ${labels.where}`,
      {
        exitCode: 2,
      },
    );
  }
  const found: Labels =
    labels === undefined ? NO_LABELS : numberLabels(await readValues(labels), (index) => `${labels.where}[${index}]`);
  const read = createRecordReader(images.bytes, { start: images.start, length: height * width * channels, count });
  return {
    kind: 'NumPy arrays',
    count,
    size: { height, width },
    ...found,
    name: (index) => `${images.where}[${index}]`,
    origin: () => origin,
    read: async (index) => toRgb(await read(index), layout),
  };
}

/** An array that is looked at only where its name says that it is needed. */
type Unread = readonly [name: string, read: () => Promise<NpyArray>, origin: string];

async function listArrays(tree: FileTree, memoryBytes: number): Promise<Unread[]> {
  const arrays: Unread[] = [];
  for (const path of tree.others) {
    const origin = originOf(tree, path);
    if (path.endsWith('.npy'))
      arrays.push([path.slice(0, -4), async () => readNpy(await tree.open(path), path), origin]);
    if (!path.endsWith('.npz')) continue;
    for (const [name, bytes] of await openNpz(tree.diskPath(path), path, await tree.open(path), memoryBytes)) {
      arrays.push([`${path.slice(0, -4)}/${name}`, () => readNpy(bytes, `${path}/${name}`), origin]);
    }
  }
  return arrays;
}

/**
 * NumPy arrays: .npy files, or the arrays of an .npz file, paired by their names: `images` and `labels`, `x_train` and
 * `y_train`, `test_images` and `test_labels`.
 *
 * @throws UserError (exit code 2) for arrays that are no images, whose lengths differ, or whose names say nothing.
 */
export async function openNumpy(tree: FileTree, { memoryBytes }: OpenOptions): Promise<Collection | undefined> {
  if (!tree.others.some((path) => /\.np[yz]$/.test(path))) return undefined;
  const arrays = await listArrays(tree, memoryBytes);
  const images: [split: string, array: NpyArray, origin: string][] = [];
  const labels = new Map<string, NpyArray>();
  for (const [name, read, origin] of arrays) {
    const role = roleOf(name) ?? (arrays.length === 1 ? 'images' : undefined);
    if (role === 'labels') labels.set(splitOf(name), await read());
    else if (role === 'images') images.push([splitOf(name), await read(), origin]);
  }
  if (images.length === 0) {
    const seen =
      arrays.length === 0
        ? 'none'
        : `arrays named ${arrays
            .slice(0, 8)
            .map(([name]) => name)
            .join(', ')}`;
    throw new UserError(`expected an array of images, got ${seen} in ${tree.where}`, {
      hint: 'Name the arrays images and labels, or x_train, y_train, x_test and y_test.',
      exitCode: 2,
    });
  }
  const sources = images.map(
    async ([split, array, origin]) => [split, await openImages(array, labels.get(split), origin)] as const,
  );
  return collectionOf(
    await Promise.all(sources),
    tree.others.filter((path) => /\.np[yz]$/.test(path)),
  );
}
