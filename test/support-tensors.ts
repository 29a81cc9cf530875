import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { fromNested, type HostTensor, type NestedNumbers } from '../src/runtime/host-tensor.ts';

/** Reads values that PyTorch, torchvision or lightly computed. */
export function readVectors<T>(name: string): T {
  return JSON.parse(
    readFileSync(fileURLToPath(new URL(`fixtures/vectors/${name}.json`, import.meta.url)), 'utf8'),
  ) as T;
}

/** The tensor with its axes in another order: axis i of the result is axis `order[i]` of the input. */
export function transpose(tensor: HostTensor, order: readonly number[]): HostTensor {
  const shape = order.map((axis) => tensor.shape[axis] as number);
  const strides = tensor.shape.map((_, axis) => tensor.shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  const data = Float32Array.from({ length: tensor.data.length }, (_, flat) => {
    let rest = flat;
    let offset = 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const size = shape[axis] as number;
      offset += (rest % size) * (strides[order[axis] as number] as number);
      rest = Math.floor(rest / size);
    }
    return tensor.data[offset] as number;
  });
  return { dtype: 'float32', shape, data };
}

/** PyTorch's [n, c, h, w] as [n, h, w, c]. */
export const fromNchw = (values: NestedNumbers): HostTensor => transpose(fromNested(values), [0, 2, 3, 1]);

/** PyTorch's filters [out, in, h, w] as [h, w, in, out]. */
export const fromOihw = (values: NestedNumbers): HostTensor => transpose(fromNested(values), [2, 3, 1, 0]);

/**
 * Expects every value within `tolerance` of the wanted one, relative to the largest wanted magnitude (at least 1e-3).
 */
export function expectNear(got: HostTensor | undefined, wanted: HostTensor, tolerance = 1e-5): void {
  expect(got?.shape).toEqual(wanted.shape);
  const values = Array.from(wanted.data);
  const scale = Math.max(1e-3, ...values.map(Math.abs));
  const worst = Math.max(...values.map((value, i) => Math.abs(value - (got?.data[i] ?? Number.NaN))));
  expect(worst / scale).toBeLessThan(tolerance);
}
