import { expect, it } from 'vitest';
import { readNpy } from '../../../src/data/files/npy.ts';
import { encodeNpy } from '../../../src/run/export/npy.ts';
import { float32, type HostTensor, int32, uint8 } from '../../../src/runtime/host-tensor.ts';

it.each<[HostTensor, string]>([
  [float32([1, 2.5, -3, 4, 5, 6], [2, 3]), '<f4'],
  [int32([1, 2, 3], [3]), '<i4'],
  [uint8(Uint8Array.of(7, 8), [1, 2, 1, 1]), '|u1'],
])('writes what readers of NumPy arrays read back', async (tensor, type) => {
  const bytes = encodeNpy(tensor);
  const readAt = async (from: number, length: number) => bytes.subarray(from, from + length);
  const array = await readNpy({ size: bytes.length, readAt, close: async () => {} }, 'x');
  expect(array).toMatchObject({ type, shape: tensor.shape, isFortran: false });
  expect(array.start % 64).toBe(0);
  const { data } = tensor;
  expect(Buffer.from(bytes.subarray(array.start))).toEqual(Buffer.from(data.buffer, data.byteOffset, data.byteLength));
});
