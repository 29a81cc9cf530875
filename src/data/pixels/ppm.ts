import { DecodeProblem } from './decode-problem.ts';
import type { ImageSize } from './image-size.ts';
import type { RgbImage } from './resample.ts';

/** Bytes; a header needs 20 and may hold comments. */
const LONGEST_HEADER = 4096;

const NEWLINE = 0x0a;
const HASH = 0x23;

const isSpace = (byte: number): boolean => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);

/** Whether bytes are a binary PPM, by its first two and the space behind them. */
export function isPpm(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x36 && isSpace(bytes[2] ?? 0);
}

interface Header extends ImageSize {
  /** Where the pixels begin. */
  readonly offset: number;
}

function readPpmHeader(bytes: Uint8Array): Header {
  const end = Math.min(bytes.length, LONGEST_HEADER);
  let at = 2;
  const readNumber = (name: string): number => {
    while (at < end && (isSpace(bytes[at] as number) || bytes[at] === HASH)) {
      if (bytes[at] === HASH) while (at < end && bytes[at] !== NEWLINE) at++;
      else at++;
    }
    const start = at;
    let value = 0;
    for (; at < end && at - start < 10; at++) {
      const digit = (bytes[at] as number) - 0x30;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    const isNumber = at > start && at < end && (isSpace(bytes[at] as number) || bytes[at] === HASH);
    if (!isNumber) throw new DecodeProblem(`is a PPM without a ${name}`);
    return value;
  };
  const width = readNumber('width');
  const height = readNumber('height');
  const most = readNumber('largest value');
  if (width === 0 || height === 0) throw new DecodeProblem(`is a PPM of ${width} x ${height} pixels`);
  if (most !== 255) throw new DecodeProblem(`is a PPM with values up to ${most}, not 255`);
  // One space ends the header: what looks like more of them are pixels.
  if (!isSpace(bytes[at] as number)) throw new DecodeProblem('is a PPM without a space before its pixels');
  return { height, width, offset: at + 1 };
}

/**
 * The size of a binary PPM from its header, in pixels.
 *
 * @throws DecodeProblem where the header is damaged, or has values of more than 8 bits.
 */
export function readPpmSize(bytes: Uint8Array): ImageSize {
  const { height, width } = readPpmHeader(bytes);
  return { height, width };
}

/**
 * The pixels of a binary PPM (P6) of 8 bits, as a view into its bytes: uint8 [height, width, 3].
 *
 * https://netpbm.sourceforge.net/doc/ppm.html, one image a file.
 *
 * @throws DecodeProblem as `readPpmSize` does, and where there are more or fewer bytes than the header says.
 */
export function decodePpm(bytes: Uint8Array): RgbImage {
  const { height, width, offset } = readPpmHeader(bytes);
  const expected = height * width * 3;
  const found = bytes.length - offset;
  if (found !== expected) {
    throw new DecodeProblem(`is a PPM of ${width} x ${height} pixels with ${found} bytes of them, not ${expected}`);
  }
  return { data: bytes.subarray(offset), height, width };
}

/** Pixels as a binary PPM, which has no compression and no options: equal pixels give equal bytes. */
export function encodePpm({ data, height, width }: RgbImage): Uint8Array {
  const header = Buffer.from(`P6\n${width} ${height}\n255\n`, 'latin1');
  return Buffer.concat([header, data]);
}
