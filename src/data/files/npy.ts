import { UserError } from '../../util/errors.ts';
import type { Bytes } from './bytes.ts';

/** A NumPy array in a file, of which the header is read. */
export interface NpyArray {
  /** For messages: the file, and within an .npz the array's name. */
  readonly where: string;
  /** NumPy's type string: `|u1`, `<i8`, `|S3`; '' for a structure. */
  readonly type: string;
  readonly shape: readonly number[];
  /** Whether the first index runs fastest. */
  readonly isFortran: boolean;
  readonly bytes: Bytes;
  /** Where the values begin. */
  readonly start: number;
}

/** Bytes; NumPy's own headers take 128 or a few hundred. */
const LARGEST_HEADER = 64 * 1024;

/** Whether bytes begin as a .npy file does. */
export function isNpy(head: Uint8Array): boolean {
  return Buffer.from(head.subarray(0, 6)).toString('latin1') === '\x93NUMPY';
}

/** Bytes that a value of a type takes; undefined for Python objects and structures. */
export function itemBytes(type: string): number | undefined {
  const [, kind = '', size = ''] = /^[|<>=]([biufcSUmMV])(\d{1,6})(?:\[.*\])?$/.exec(type) ?? [];
  return kind === '' ? undefined : Number(size) * (kind === 'U' ? 4 : 1);
}

/**
 * Reads the header of a .npy array and checks the file's length against it; nothing in the file is executed.
 *
 * https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 *
 * @throws UserError (exit code 2) for a damaged header or a wrong length.
 */
export async function readNpy(bytes: Bytes, where: string): Promise<NpyArray> {
  const problem = (message: string): UserError =>
    new UserError(`${message}: ${where}`, {
      hint: 'Save the array again with numpy.save or numpy.savez.',
      exitCode: 2,
    });
  const head = Buffer.from(await bytes.readAt(0, 12));
  if (!isNpy(head) || head.length < 12) throw problem('expected a NumPy array, got another file');
  const isShort = head[6] === 1;
  const begin = isShort ? 10 : 12;
  const length = isShort ? head.readUInt16LE(8) : head.readUInt32LE(8);
  if (length > LARGEST_HEADER) throw problem(`expected a header of at most ${LARGEST_HEADER} bytes, got ${length}`);
  const header = Buffer.from(await bytes.readAt(begin, length)).toString('latin1');
  const [, type = ''] = /'descr':\s*'([^']*)'/.exec(header) ?? [];
  const [, fortran = ''] = /'fortran_order':\s*(True|False)/.exec(header) ?? [];
  const [, sides] = /'shape':\s*\(([\d\s,]*)\)/.exec(header) ?? [];
  if (fortran === '' || sides === undefined) throw problem("expected a NumPy array's header, got a damaged one");
  const shape = sides.split(',').flatMap((side) => (side.trim() === '' ? [] : [Number(side)]));
  const start = begin + length;
  const array = { where, type, shape, isFortran: fortran === 'True' && shape.length > 1, bytes, start };
  const item = itemBytes(type);
  // The length of pickled objects and of structures isn't known; neither is ever read.
  if (item === undefined) return array;
  const wanted = start + shape.reduce((product, side) => product * side, item);
  if (wanted === bytes.size) return array;
  throw problem(`expected ${wanted} bytes for an array of ${shape.join(' x ')} ${type}, got ${bytes.size}`);
}
