import { cApi, DataType, nativeBytes, type Pointer, typeName } from './c-api.ts';
import { elementCount, type HostTensor, type TensorData } from './host-tensor.ts';

/** Copies values into a new TF_Tensor, which the caller deletes. */
export function createNativeTensor(type: number, shape: readonly number[], data: ArrayBufferView): Pointer {
  const api = cApi();
  const tensor = api.TF_AllocateTensor(type, shape.map(BigInt), shape.length, data.byteLength);
  if (data.byteLength > 0) {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    nativeBytes(api.TF_TensorData(tensor), data.byteLength).set(bytes);
  }
  return tensor;
}

const ARRAYS = { float32: Float32Array, int32: Int32Array, uint8: Uint8Array } as const;

/**
 * Copies a host tensor into a new TF_Tensor.
 *
 * Throws a TypeError when its values are not an array of its element type, and a RangeError when shape and number of
 * values disagree: TensorFlow would read past their end.
 */
export function toNative(name: string, tensor: HostTensor): Pointer {
  const wanted = ARRAYS[tensor.dtype];
  if (!(tensor.data instanceof wanted)) {
    const got = Object.prototype.toString.call(tensor.data).slice('[object '.length, -1);
    throw new TypeError(`Expected the ${tensor.dtype} values of '${name}' in a ${wanted.name}, got ${got}.`);
  }
  if (elementCount(tensor.shape) !== tensor.data.length) {
    throw new RangeError(
      `Expected ${elementCount(tensor.shape)} values for '${name}' of shape [${tensor.shape}], got ${tensor.data.length}.`,
    );
  }
  return createNativeTensor(DataType[tensor.dtype], tensor.shape, tensor.data);
}

/** Copies a TF_Tensor to the host; int64 and bool become int32 and uint8. */
export function toHost(tensor: Pointer): HostTensor {
  const api = cApi();
  const rank = Number(api.TF_NumDims(tensor));
  const shape = Array.from({ length: rank }, (_, i) => Number(api.TF_Dim(tensor, i)));
  const type = Number(api.TF_TensorType(tensor));
  const bytes = nativeBytes(api.TF_TensorData(tensor), Number(api.TF_TensorByteSize(tensor)));
  const buffer = bytes.slice().buffer;
  const make = (dtype: HostTensor['dtype'], data: TensorData): HostTensor => ({ dtype, shape, data });
  switch (type) {
    case DataType.float32:
      return make('float32', new Float32Array(buffer));
    case DataType.float64:
      return make('float32', Float32Array.from(new Float64Array(buffer)));
    case DataType.int32:
      return make('int32', new Int32Array(buffer));
    case DataType.int64:
      return make('int32', Int32Array.from(new BigInt64Array(buffer), Number));
    case DataType.uint8:
    case DataType.bool:
      return make('uint8', new Uint8Array(buffer));
    default:
      throw new Error(`A tensor of ${typeName(type)} cannot be read; cast it to float32 first.`);
  }
}
