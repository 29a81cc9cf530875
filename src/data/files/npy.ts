import { UserError } from '../../util/errors.ts';
import type { Bytes } from './bytes.ts';

/** A NumPy array in a file, of which the header is read. */
export interface NpyArray {
  /** For messages: the file, and within an .npz the array's name. */
  readonly where: string;
  /** NumPy's type string: `|u1`, `<i8`. */
  readonly type: string;
  readonly shape: readonly number[];
  readonly bytes: Bytes;
  /** Where the values begin. */
  readonly start: number;
}

/** Bytes; NumPy's own headers take 128 or a few hundred. */
const LARGEST_HEADER = 64 * 1024;

const ITEM_BYTES: Readonly<Record<string, number>> = {
  ...{ '|u1': 1, '|i1': 1, '|b1': 1, '<u2': 2, '<i2': 2, '>u2': 2, '>i2': 2 },
  ...{ '<u4': 4, '<i4': 4, '>u4': 4, '>i4': 4, '<i8': 8, '>i8': 8, '<u8': 8, '>u8': 8 },
};

/** Whether bytes begin as a .npy file does. */
export function isNpy(head: Uint8Array): boolean {
  return Buffer.from(head.subarray(0, 6)).toString('latin1') === '\x93NUMPY';
}

/**
 * Reads the header of a .npy array and checks the file's length against it; nothing in the file is executed.
 *
 * https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 *
 * @throws UserError (exit code 2) for a damaged header, Python objects, Fortran order, or a wrong length.
 */
export async function readNpy(bytes: Bytes, where: string): Promise<NpyArray> {
  const problem = (message: string, hint = 'Save the array again with numpy.save or numpy.savez.'): UserError =>
    new UserError(`${message}: ${where}`, { hint, exitCode: 2 });
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
  if (type === '|O') throw problem('expected numbers, got Python objects (pickles are never loaded)');
  if (fortran === 'True' && shape.length > 1) {
    throw problem("expected an array in C order, got Fortran's", 'Save numpy.ascontiguousarray(array).');
  }
  const item = ITEM_BYTES[type] ?? (/^<U\d{1,4}$/.test(type) ? 4 * Number(type.slice(2)) : undefined);
  if (item === undefined) {
    throw problem(
      `expected bytes (uint8), whole numbers or names, got the type ${type || 'of a structure'}`,
      'Convert the array with astype("uint8").',
    );
  }
  const start = begin + length;
  const wanted = start + shape.reduce((product, side) => product * side, item);
  if (wanted === bytes.size) return { where, type, shape, bytes, start };
  throw problem(`expected ${wanted} bytes for an array of ${shape.join(' x ')} ${type}, got ${bytes.size}`);
}

/** The values of an array of one dimension (or of one column), as text: whole numbers or names. */
export async function readValues({ type, bytes, start, where, shape }: NpyArray): Promise<string[]> {
  const [count = 0, ...rest] = shape;
  if (shape.length === 0 || rest.some((side) => side !== 1)) {
    throw new UserError(`expected labels in one dimension, got ${shape.join(' x ')}: ${where}`, {
      hint: 'Save one class index or name for each image.',
      exitCode: 2,
    });
  }
  const data = Buffer.from(await bytes.readAt(start, bytes.size - start));
  const item = count === 0 ? 1 : data.length / count;
  if (type.startsWith('<U')) {
    return Array.from({ length: count }, (_, i) => {
      const codes = Array.from({ length: item / 4 }, (_, j) => data.readUInt32LE(i * item + j * 4));
      return String.fromCodePoint(...codes.filter((code) => code !== 0 && code <= 0x10ffff));
    });
  }
  const isLittle = !type.startsWith('>');
  const isSigned = type[1] === 'i';
  return Array.from({ length: count }, (_, i) => {
    const digits = data.subarray(i * item, (i + 1) * item);
    const big = isLittle ? Buffer.from(digits).reverse() : digits;
    const value = BigInt(`0x${big.toString('hex')}`);
    return String(isSigned ? BigInt.asIntN(item * 8, value) : value);
  });
}
