/** Element types that cross between JavaScript and TensorFlow. */
export type HostDtype = 'float32' | 'int32' | 'uint8';

export type TensorData = Float32Array | Int32Array | Uint8Array;

/** A tensor in JavaScript memory: row-major values with their shape. */
export interface HostTensor {
  readonly dtype: HostDtype;
  readonly shape: readonly number[];
  readonly data: TensorData;
}

/** Shape and element type of a tensor without its values. */
export interface TensorSpec {
  readonly shape: readonly number[];
  readonly dtype: HostDtype;
}

/** Nested arrays of numbers, as they come out of JSON. */
export type NestedNumbers = number | readonly NestedNumbers[];

/** The number of elements of a shape. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** A float32 tensor from values in row-major order. */
export function float32(data: Float32Array | readonly number[], shape: readonly number[]): HostTensor {
  return { dtype: 'float32', shape, data: data instanceof Float32Array ? data : Float32Array.from(data) };
}

/** A float32 tensor of zeros. */
export function zeros(shape: readonly number[]): HostTensor {
  return { dtype: 'float32', shape, data: new Float32Array(elementCount(shape)) };
}

/** An int32 tensor from values in row-major order. */
export function int32(data: Int32Array | readonly number[], shape: readonly number[]): HostTensor {
  return { dtype: 'int32', shape, data: data instanceof Int32Array ? data : Int32Array.from(data) };
}

/** A uint8 tensor over bytes in row-major order. */
export function uint8(data: Uint8Array, shape: readonly number[]): HostTensor {
  return { dtype: 'uint8', shape, data };
}

/** A float32 tensor from nested arrays; throws a RangeError when rows differ in length. */
export function fromNested(values: NestedNumbers): HostTensor {
  const shape: number[] = [];
  for (let level = values; typeof level !== 'number'; level = level[0] ?? 0) {
    shape.push(level.length);
    if (level.length === 0) break;
  }
  const flat: number[] = [];
  const visit = (value: NestedNumbers, depth: number): void => {
    if (typeof value === 'number') {
      if (depth !== shape.length) throw new RangeError('Expected nested arrays of equal depth.');
      flat.push(value);
      return;
    }
    if (depth === shape.length) throw new RangeError('Expected nested arrays of equal depth.');
    if (value.length !== shape[depth]) {
      throw new RangeError(`Expected every row to have ${shape[depth]} values, got ${value.length}.`);
    }
    for (const inner of value) visit(inner, depth + 1);
  };
  visit(values, 0);
  return float32(flat, shape);
}

/** Nested arrays with the values of a tensor, for printing and comparing. */
export function toNested(tensor: HostTensor): NestedNumbers {
  const build = (depth: number, offset: number): NestedNumbers => {
    const size = tensor.shape[depth];
    if (size === undefined) return tensor.data[offset] ?? Number.NaN;
    const stride = elementCount(tensor.shape.slice(depth + 1));
    return Array.from({ length: size }, (_, i) => build(depth + 1, offset + i * stride));
  };
  return build(0, 0);
}
