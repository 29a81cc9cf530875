import { itemBytes, type NpyArray } from './npy.ts';

/** A value of an array: whole numbers of 64 bits exactly, names as text. */
export type NpyValue = number | bigint | boolean | string;

type Decode = (data: Buffer, offset: number, size: number) => NpyValue;

/** IEEE 754 binary16. */
function halfFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}

function decodeBytes(bytes: Buffer): string {
  const end = bytes.findLastIndex((byte) => byte !== 0) + 1;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, end));
  } catch {
    // Every byte is a character of its own, so that different names stay different.
    return bytes.subarray(0, end).toString('latin1');
  }
}

const codePoint = (code: number): string => (code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd');

function decodeCharacters(isLittle: boolean): Decode {
  return (data, offset, size) => {
    const at = (i: number): number => (isLittle ? data.readUInt32LE(offset + i) : data.readUInt32BE(offset + i));
    return Array.from({ length: size / 4 }, (_, i) => codePoint(at(4 * i)))
      .join('')
      .replace(/\0+$/, '');
  };
}

/** How values of a type are read; undefined for complex numbers, dates, objects and structures. */
function decoderOf(type: string): Decode | undefined {
  const isLittle = !type.startsWith('>');
  const view = (data: Buffer): DataView => new DataView(data.buffer, data.byteOffset, data.length);
  const decoders: Readonly<Record<string, Decode>> = {
    b1: (data, offset) => data[offset] !== 0,
    u1: (data, offset) => data[offset] as number,
    i1: (data, offset) => data.readInt8(offset),
    u2: (data, offset) => view(data).getUint16(offset, isLittle),
    i2: (data, offset) => view(data).getInt16(offset, isLittle),
    u4: (data, offset) => view(data).getUint32(offset, isLittle),
    i4: (data, offset) => view(data).getInt32(offset, isLittle),
    u8: (data, offset) => view(data).getBigUint64(offset, isLittle),
    i8: (data, offset) => view(data).getBigInt64(offset, isLittle),
    f2: (data, offset) => halfFloat(view(data).getUint16(offset, isLittle)),
    f4: (data, offset) => view(data).getFloat32(offset, isLittle),
    f8: (data, offset) => view(data).getFloat64(offset, isLittle),
  };
  if (type[1] === 'S') return (data, offset, size) => decodeBytes(data.subarray(offset, offset + size));
  return type[1] === 'U' ? decodeCharacters(isLittle) : decoders[type.slice(1)];
}

/** Whether the values of a type can be read: numbers, truth values and names. */
export function canRead(type: string): boolean {
  return decoderOf(type) !== undefined;
}

/** The values from one place in the file's order up to another. */
export async function readValues({ type, bytes, start }: NpyArray, from: number, to: number): Promise<NpyValue[]> {
  const decode = decoderOf(type);
  const item = itemBytes(type);
  if (decode === undefined || item === undefined) throw new Error(`no values of ${type}`);
  const data = Buffer.from(await bytes.readAt(start + from * item, (to - from) * item));
  const count = item === 0 ? to - from : Math.floor(data.length / item);
  return Array.from({ length: count }, (_, i) => decode(data, i * item, item));
}

/** What the values of an array of numbers are, for advice. */
export interface NpyRange {
  readonly min: number;
  readonly max: number;
}

/** Values read at once, and how many such blocks are looked at. */
const BLOCK = 2 ** 16;
const MOST_BLOCKS = 64;

/** Bytes at the start of a compressed array that are looked at. */
const MOST_PACKED = 3 * 2 ** 20;

/** Smallest and largest finite value: of all, of blocks all over a large array, or of the start of a compressed one. */
export async function rangeOf(array: NpyArray): Promise<NpyRange> {
  const count = array.shape.reduce((product, side) => product * side, 1);
  const blocks = Math.ceil(count / BLOCK);
  const looked = Math.min(blocks, MOST_BLOCKS);
  // To see far into a compressed array, all of it would be unpacked.
  const first = Math.max(1, Math.floor(MOST_PACKED / (BLOCK * (itemBytes(array.type) ?? 1))));
  const isPacked = array.bytes.isPacked === true;
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < (isPacked ? Math.min(looked, first) : looked); i++) {
    const from = isPacked ? i * BLOCK : Math.floor((i * blocks) / looked) * BLOCK;
    for (const value of await readValues(array, from, Math.min(count, from + BLOCK))) {
      const number = Number(value);
      if (!Number.isFinite(number)) continue;
      min = Math.min(min, number);
      max = Math.max(max, number);
    }
  }
  return { min, max };
}
