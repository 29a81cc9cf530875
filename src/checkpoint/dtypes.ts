import type { HostDtype, HostTensor } from '../runtime/host-tensor.ts';

/** Element types of the safetensors format that can be read. */
export type FileDtype = 'F64' | 'F32' | 'F16' | 'BF16' | 'I64' | 'I32' | 'U8';

/** Bytes of one element; tensors are stored widest first, which keeps each aligned to its element without gaps. */
export const ELEMENT_BYTES: Readonly<Record<FileDtype, number>> = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  U8: 1,
};

/** A tensor that a file can hold: one of the run time, or counters of PyTorch's (`num_batches_tracked`). */
export type FileTensor =
  | HostTensor
  | { readonly dtype: 'int64'; readonly shape: readonly number[]; readonly data: BigInt64Array };

/** How each element type is named in a file that is written here. */
export const FILE_DTYPES: Readonly<Record<HostDtype | 'int64', FileDtype>> = {
  float32: 'F32',
  int32: 'I32',
  uint8: 'U8',
  int64: 'I64',
};

/** True for an element type that can be read. */
export function isFileDtype(name: unknown): name is FileDtype {
  return typeof name === 'string' && Object.hasOwn(ELEMENT_BYTES, name);
}
