import { UserError } from '../../util/errors.ts';
import type { Bytes } from '../files/bytes.ts';
import type { FileTree } from '../files/file-tree.ts';
import { gunzip } from '../files/gunzip.ts';
import { gunzipEntry } from '../files/gunzip-entry.ts';

/** An IDX file of which the header is read. */
export interface IdxFile {
  readonly bytes: Bytes;
  /** The header's code of the values' type. */
  readonly type: number;
  readonly shape: readonly number[];
  /** Where the values begin. */
  readonly start: number;
}

/** Bytes of a value by the header's code of its type. */
const VALUE_BYTES: Readonly<Record<number, number>> = { 8: 1, 9: 1, 11: 2, 12: 4, 13: 4, 14: 8 };

/** The code of unsigned bytes, the only type that images come in. */
export const UNSIGNED_BYTE = 8;

/** The code of 32-bit integers, in which QMNIST has its labels. */
export const INT32 = 12;

async function openBytes(tree: FileTree, path: string, memoryBytes: number): Promise<Bytes> {
  if (!/\.gz$/i.test(path)) return tree.open(path);
  const disk = tree.diskPath(path);
  return disk === undefined ? gunzipEntry(await tree.open(path), path, memoryBytes) : gunzip(disk, memoryBytes);
}

/**
 * Reads the header (two zeros, the type, the number of dimensions, then each size, big-endian) and checks the length.
 *
 * @param types the types that are wanted.
 * @throws UserError (exit code 2) for another header or a wrong length.
 */
export async function openIdx(
  tree: FileTree,
  path: string,
  types: readonly number[],
  dimensions: number,
  memoryBytes: number,
): Promise<IdxFile> {
  const bytes = await openBytes(tree, path, memoryBytes);
  const start = 4 + 4 * dimensions;
  const head = await bytes.readAt(0, start);
  const view = new DataView(head.buffer, head.byteOffset, head.length);
  const magic = head.length === start ? view.getUint32(0) : -1;
  const type = types.find((wanted) => magic === wanted * 256 + dimensions);
  const shape = type === undefined ? [] : Array.from({ length: dimensions }, (_, i) => view.getUint32(4 + 4 * i));
  const wanted = start + shape.reduce((product, side) => product * side, VALUE_BYTES[type ?? UNSIGNED_BYTE] ?? 1);
  if (type !== undefined && wanted === bytes.size && bytes.size > start) return { bytes, type, shape, start };
  const got = type === undefined ? 'another header' : `${bytes.size} bytes for the sizes ${shape.join(' x ')}`;
  const values = types.includes(UNSIGNED_BYTE) ? 'bytes' : 'integers';
  throw new UserError(`expected an IDX file of ${values} with ${dimensions} dimensions, got ${got}: ${path}`, {
    hint: 'Fetch it again; the file is cut short or of another kind.',
    exitCode: 2,
  });
}

/** The first value of each row of 32-bit integers: [n, k] in, n values out. */
export async function readFirstColumn({ bytes, shape, start }: IdxFile): Promise<number[]> {
  const [count = 0, columns = 1] = shape;
  const data = Buffer.from(await bytes.readAt(start, count * columns * 4));
  return Array.from({ length: count }, (_, row) => data.readInt32BE(row * columns * 4));
}
