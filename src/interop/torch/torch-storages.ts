import type { HostDtype, TensorData } from '../../runtime/host-tensor.ts';

/** Element type of a storage of PyTorch, and how its bytes become values here. */
export interface StorageType {
  /** The type as PyTorch names it. */
  readonly name: string;
  /** Bytes of an element. */
  readonly bytes: number;
  readonly dtype: HostDtype;
  /** Values of a whole number of elements, which begin at a multiple of 8 bytes; undefined where one does not fit. */
  decode(content: ArrayBuffer): TensorData | undefined;
}

/** float16 has 5 bits of exponent and 10 of fraction. */
function halfValue(bits: number): number {
  const sign = bits >> 15 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function decodeHalf(content: ArrayBuffer): Float32Array {
  return Float32Array.from(new Uint16Array(content), halfValue);
}

/** bfloat16 is the upper half of a float32. */
function decodeBfloat16(content: ArrayBuffer): Float32Array {
  const bits = Uint32Array.from(new Uint16Array(content), (half) => half << 16);
  return new Float32Array(bits.buffer);
}

function decodeLong(content: ArrayBuffer): Int32Array | undefined {
  const wide = new BigInt64Array(content);
  const narrow = new Int32Array(wide.length);
  for (const [i, value] of wide.entries()) {
    narrow[i] = Number(value);
    if (BigInt(narrow[i] as number) !== value) return undefined;
  }
  return narrow;
}

const bytesOf = (content: ArrayBuffer): Uint8Array => new Uint8Array(content);

/** Storages of PyTorch by the class that names them; values are little-endian, as on every machine that this runs on. */
export const STORAGES: Readonly<Record<string, StorageType>> = {
  'torch.FloatStorage': {
    name: 'float32',
    bytes: 4,
    dtype: 'float32',
    decode: (content) => new Float32Array(content),
  },
  'torch.DoubleStorage': {
    name: 'float64',
    bytes: 8,
    dtype: 'float32',
    decode: (content) => Float32Array.from(new Float64Array(content)),
  },
  'torch.HalfStorage': { name: 'float16', bytes: 2, dtype: 'float32', decode: decodeHalf },
  'torch.BFloat16Storage': { name: 'bfloat16', bytes: 2, dtype: 'float32', decode: decodeBfloat16 },
  'torch.LongStorage': { name: 'int64', bytes: 8, dtype: 'int32', decode: decodeLong },
  'torch.IntStorage': { name: 'int32', bytes: 4, dtype: 'int32', decode: (content) => new Int32Array(content) },
  'torch.ShortStorage': {
    name: 'int16',
    bytes: 2,
    dtype: 'int32',
    decode: (content) => Int32Array.from(new Int16Array(content)),
  },
  'torch.CharStorage': {
    name: 'int8',
    bytes: 1,
    dtype: 'int32',
    decode: (content) => Int32Array.from(new Int8Array(content)),
  },
  'torch.ByteStorage': { name: 'uint8', bytes: 1, dtype: 'uint8', decode: bytesOf },
  'torch.BoolStorage': { name: 'bool', bytes: 1, dtype: 'uint8', decode: bytesOf },
};
