import { bfloat16ToFloat32, float16ToFloat32 } from '../../checkpoint/to-float32.ts';
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

/** Storages of PyTorch by the class that names them; values are little-endian, as on all machines that this runs on. */
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
  'torch.HalfStorage': {
    name: 'float16',
    bytes: 2,
    dtype: 'float32',
    decode: (content) => float16ToFloat32(new Uint16Array(content)),
  },
  'torch.BFloat16Storage': {
    name: 'bfloat16',
    bytes: 2,
    dtype: 'float32',
    decode: (content) => bfloat16ToFloat32(new Uint16Array(content)),
  },
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
