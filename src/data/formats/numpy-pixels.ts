import { UserError } from '../../util/errors.ts';
import type { NpyArray } from '../files/npy.ts';
import { canRead, rangeOf } from '../files/npy-values.ts';
import type { PixelLayout } from '../files/records.ts';

/** The expression that makes an array x into bytes from 0 to 255, by what its values are. */
async function conversionOf(array: NpyArray): Promise<string | undefined> {
  const { type } = array;
  if (!canRead(type) || 'SU'.includes(type[1] as string)) return undefined;
  if (type[1] === 'b') return '(x * 255).astype("uint8")';
  const { min, max } = await rangeOf(array);
  if (min > max) return undefined;
  const isFloat = type[1] === 'f';
  if (isFloat && min >= 0 && max <= 1) return '(x * 255).round().astype("uint8")';
  if (isFloat && min >= -1 && max <= 1) return '((x + 1) * 127.5).round().astype("uint8")';
  if (min >= 0 && max <= 255) return `x${isFloat ? '.round()' : ''}.astype("uint8")`;
  if (type[1] === 'u' && type.endsWith('2') && max >= 2 ** 15) return '(x >> 8).astype("uint8")';
  if (min >= 0) return '(x / x.max() * 255).round().astype("uint8")';
  return '((x - x.min()) / (x.max() - x.min()) * 255).round().astype("uint8")';
}

async function hintFor(array: NpyArray): Promise<string> {
  const { type, shape, where } = array;
  const name = where.slice(where.lastIndexOf('/') + 1).replace(/\.npy$/i, '');
  if (type === '|O') {
    return 'Images of one size: x = numpy.stack(list(x)). Of several sizes: save each as a PNG.';
  }
  if (type !== '|u1') {
    const conversion = await conversionOf(array);
    if (conversion === undefined) return 'Save pixels from 0 to 255 as uint8.';
    const range = type[1] === 'b' ? '' : await describeRange(array);
    return `${range}Save ${name} again, where x is it: x = ${conversion}`;
  }
  if (array.isFortran) return 'Save numpy.ascontiguousarray(array).';
  if (shape.length === 4 && shape[3] === 4) return 'Save the colours without the fourth channel: x = x[..., :3]';
  const [, row = 0] = shape;
  const side = [row, row / 3].map(Math.sqrt).find(Number.isInteger);
  if (shape.length === 2 && side !== undefined && side > 1) {
    const unfold = (sides: string): string => `x = x.reshape(len(x), ${sides})`;
    const grey = unfold(`${side}, ${side}`);
    const colours = `${unfold(`${side}, ${side}, 3`)}, or where one colour follows the other: ${unfold(`3, ${side}, ${side}`)}`;
    return `Give each image its sides, where x is ${name}: ${side * side === row ? grey : colours}`;
  }
  if (shape.length === 2) return 'Give each image its height and width: x = x.reshape(len(x), height, width, channels)';
  return 'Save the array in one of these shapes.';
}

async function describeRange(array: NpyArray): Promise<string> {
  const { min, max } = await rangeOf(array);
  return `Its values go from ${Number(min.toPrecision(4))} to ${Number(max.toPrecision(4))}. `;
}

/**
 * How an array's images lie in it.
 *
 * @throws UserError (exit code 2) for another type or shape, with the expression that converts it.
 */
export async function pixelLayout(array: NpyArray): Promise<PixelLayout> {
  const { shape, type, where, isFortran } = array;
  const [, a, b, c] = shape;
  if (type === '|u1' && !isFortran && a && b) {
    if (shape.length === 3) return { height: a, width: b, channels: 1, order: 'interleaved' };
    if (shape.length === 4 && (c === 3 || c === 1)) return { height: a, width: b, channels: c, order: 'interleaved' };
    if (shape.length === 4 && c && (a === 3 || a === 1)) return { height: b, width: c, channels: a, order: 'planes' };
  }
  const what =
    type === '|O'
      ? 'Python objects (pickles are never loaded)'
      : `${type || 'a structure'} [${shape.join(', ')}]${isFortran ? ' in Fortran order' : ''}`;
  throw new UserError(
    `expected images as uint8 [n, height, width], [n, height, width, 1 or 3] or [n, 1 or 3, height, width], got ${what}: ${where}`,
    { hint: await hintFor(array), exitCode: 2 },
  );
}
