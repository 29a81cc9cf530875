import type { HostDtype } from '../runtime/host-tensor.ts';

/** Element types of the safetensors format that can be read. */
export type FileDtype = 'F32' | 'I32' | 'I64' | 'U8';

/** Bytes of one element; tensors are stored widest first, which keeps each aligned to its element without gaps. */
export const ELEMENT_BYTES: Readonly<Record<FileDtype, number>> = { F32: 4, I32: 4, I64: 8, U8: 1 };

/** How each element type of the run time is named in a file. I64 is read (as int32 where it fits) but never written. */
export const FILE_DTYPES: Readonly<Record<HostDtype, FileDtype>> = { float32: 'F32', int32: 'I32', uint8: 'U8' };

/** True for an element type that can be read. */
export function isFileDtype(name: unknown): name is FileDtype {
  return typeof name === 'string' && Object.hasOwn(ELEMENT_BYTES, name);
}
