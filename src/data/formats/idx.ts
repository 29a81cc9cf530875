import { UserError } from '../../util/errors.ts';
import type { Bytes } from '../files/bytes.ts';
import { type FileTree, type OpenOptions, originOf } from '../files/file-tree.ts';
import { gunzip } from '../files/gunzip.ts';
import { gunzipEntry } from '../files/gunzip-entry.ts';
import { createRecordReader, readByteColumn, toRgb } from '../files/records.ts';
import { type Collection, collectionOf } from '../sources/collection.ts';
import type { ImageSource } from '../sources/image-source.ts';
import { type Labels, NO_LABELS, numberLabels } from '../sources/labels.ts';
import { splitOf } from '../sources/splits.ts';

const IMAGES = /images[-._]idx3[-._]ubyte(\.gz)?$/;
const IDX_FILE = /(images[-._]idx3|labels[-._]idx1)[-._]ubyte(\.gz)?$/;

/** Type of the values in the header; the only one that images come in. */
const UNSIGNED_BYTE = 8;

interface Idx {
  readonly bytes: Bytes;
  readonly shape: readonly number[];
  /** Where the values begin. */
  readonly start: number;
}

async function openBytes(tree: FileTree, path: string, memoryBytes: number): Promise<Bytes> {
  if (!path.endsWith('.gz')) return tree.open(path);
  const disk = tree.diskPath(path);
  return disk === undefined ? gunzipEntry(await tree.open(path), path, memoryBytes) : gunzip(disk, memoryBytes);
}

/**
 * Reads the header (two zeros, the type, the number of dimensions, then each size, big-endian) and checks the length.
 */
async function openIdx(tree: FileTree, path: string, dimensions: number, memoryBytes: number): Promise<Idx> {
  const bytes = await openBytes(tree, path, memoryBytes);
  const start = 4 + 4 * dimensions;
  const head = await bytes.readAt(0, start);
  const view = new DataView(head.buffer, head.byteOffset, head.length);
  const magic = head.length === start ? view.getUint32(0) : -1;
  const shape =
    magic === UNSIGNED_BYTE * 256 + dimensions
      ? Array.from({ length: dimensions }, (_, i) => view.getUint32(4 + 4 * i))
      : [];
  const wanted = start + shape.reduce((product, side) => product * side, 1);
  if (shape.length === dimensions && wanted === bytes.size && bytes.size > start) return { bytes, shape, start };
  const got = shape.length === 0 ? 'another header' : `${bytes.size} bytes for the sizes ${shape.join(' x ')}`;
  throw new UserError(`expected an IDX file of bytes with ${dimensions} dimensions, got ${got}: ${path}`, {
    hint: 'Fetch it again; the file is cut short or of another kind.',
    exitCode: 2,
  });
}

async function readLabels(tree: FileTree, path: string, count: number, memoryBytes: number): Promise<Labels> {
  const base = path.replace(IMAGES, '');
  const tail = path.slice(base.length).replace('images', 'labels').replace('idx3', 'idx1').replace(/\.gz$/, '');
  const found = [base + tail, `${base + tail}.gz`].find((candidate) => tree.others.includes(candidate));
  if (found === undefined) return NO_LABELS;
  const { bytes, shape, start } = await openIdx(tree, found, 1, memoryBytes);
  if (shape[0] !== count) {
    throw new UserError(`expected ${count} labels, as many as images in ${path}, got ${shape[0]} in ${found}`, {
      exitCode: 2,
    });
  }
  return numberLabels(
    [...(await readByteColumn(bytes, { start, length: 1, count }, 0))],
    (index) => `${found}[${index}]`,
  );
}

async function openImages(tree: FileTree, path: string, memoryBytes: number): Promise<ImageSource> {
  const { bytes, shape, start } = await openIdx(tree, path, 3, memoryBytes);
  const [count, height, width] = shape as [number, number, number];
  const layout = { height, width, channels: 1, order: 'interleaved' } as const;
  const read = createRecordReader(bytes, { start, length: height * width, count });
  return {
    kind: 'IDX',
    count,
    size: { height, width },
    ...(await readLabels(tree, path, count, memoryBytes)),
    name: (index) => `${path}[${index}]`,
    origin: () => originOf(tree, path),
    read: async (index) => toRgb(await read(index), layout),
  };
}

/**
 * Grey images of IDX files, as MNIST and Fashion-MNIST have them: `train-images-idx3-ubyte`, `train-labels-idx1-ubyte`,
 * `t10k-...`, also with `.gz` (then unpacked into memory).
 *
 * http://yann.lecun.com/exdb/mnist/
 *
 * @throws UserError (exit code 2) for another header, a wrong length, or as many labels as there are no images.
 */
export async function openIdxFiles(tree: FileTree, { memoryBytes }: OpenOptions): Promise<Collection | undefined> {
  const paths = tree.others.filter((path) => IMAGES.test(path));
  const sources: [string, ImageSource][] = [];
  for (const path of paths) {
    const isPackedCopy = path.endsWith('.gz') && paths.includes(path.slice(0, -3));
    if (!isPackedCopy) sources.push([splitOf(path), await openImages(tree, path, memoryBytes)]);
  }
  return sources.length === 0
    ? undefined
    : collectionOf(
        sources,
        tree.others.filter((path) => IDX_FILE.test(path)),
      );
}
