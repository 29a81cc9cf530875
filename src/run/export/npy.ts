import { npyHeader } from '../../interop/tables/npy-header.ts';
import type { HostTensor } from '../../runtime/host-tensor.ts';

const TYPES = { float32: '<f4', int32: '<i4', uint8: '|u1' } as const;

/** A tensor as a NumPy array file. */
export function encodeNpy({ dtype, shape, data }: HostTensor): Uint8Array {
  const values = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return Buffer.concat([npyHeader(TYPES[dtype], shape), values]);
}
