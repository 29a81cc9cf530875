import type { Values } from './onnx-file.ts';

export const count = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** The places along each axis of the flat-th value. */
function placesOf(flat: number, shape: readonly number[]): number[] {
  const places = shape.map(() => 0);
  let rest = flat;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const size = shape[axis] as number;
    places[axis] = rest % size;
    rest = (rest - (places[axis] as number)) / size;
  }
  return places;
}

/** The value at these places. */
export function at({ shape, data }: Values, places: readonly number[]): number {
  let flat = 0;
  for (let axis = 0; axis < shape.length; axis++) flat = flat * (shape[axis] as number) + (places[axis] as number);
  return data[flat] as number;
}

/** An array of that shape, each value made of its places. */
export function fill(shape: readonly number[], value: (places: number[]) => number): Values {
  return { shape, data: Float64Array.from({ length: count(shape) }, (_, flat) => value(placesOf(flat, shape))) };
}

export function map({ shape, data }: Values, change: (value: number) => number): Values {
  return { shape, data: Float64Array.from(data, change) };
}

/** Multidirectional broadcasting, as in NumPy. */
export function broadcast(a: Values, b: Values, combine: (a: number, b: number) => number): Values {
  const rank = Math.max(a.shape.length, b.shape.length);
  const long = ({ shape, data }: Values): Values => ({
    shape: [...Array<number>(rank - shape.length).fill(1), ...shape],
    data,
  });
  const [left, right] = [long(a), long(b)];
  const shape = left.shape.map((size, axis) => {
    const other = right.shape[axis] as number;
    if (size !== other && size !== 1 && other !== 1) throw new Error(`[${a.shape}] beside [${b.shape}]`);
    return Math.max(size, other);
  });
  const within = (values: Values, places: readonly number[]): number =>
    at(
      values,
      places.map((place, axis) => (values.shape[axis] === 1 ? 0 : place)),
    );
  return fill(shape, (places) => combine(within(left, places), within(right, places)));
}
