import { float32, type HostTensor } from '../../runtime/host-tensor.ts';
import { randomStream } from '../../util/rng.ts';

/** Tensors in JavaScript, by name. */
export type Values = Readonly<Record<string, HostTensor>>;

/**
 * How far tensors are from those that they should equal, as shares: the length (root of the sum of squares) of the
 * difference over that of what was expected. What is missing or not finite is infinitely far.
 */
export interface Difference {
  /** Of all tensors as one vector. */
  readonly whole: number;
  /** Of the tensor that is farthest; its length counts as no less than {@link LEAST_SHARE} of the whole. */
  readonly worst: number;
  /** That tensor's name. */
  readonly name: string;
  /** The same of every tensor by its name. */
  readonly each: Readonly<Record<string, number>>;
}

/** Below this share of all tensors together a tensor is rounding: its own length says nothing. */
const LEAST_SHARE = 1e-3;

function squares(data: ArrayLike<number>, other?: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < data.length; i++) {
    const value = (data[i] as number) - (other?.[i] ?? 0);
    sum += value * value;
  }
  return sum;
}

/** The square of the distance of two tensors; infinite where one is missing, of another size, or not finite. */
function squaredDistance(got: HostTensor | undefined, wanted: HostTensor): number {
  if (got === undefined || got.data.length !== wanted.data.length) return Number.POSITIVE_INFINITY;
  const sum = squares(got.data, wanted.data);
  return Number.isFinite(sum) ? sum : Number.POSITIVE_INFINITY;
}

/** A share; 0 of 0 is 0. */
function share(distance: number, length: number): number {
  return distance === 0 ? 0 : distance / length;
}

/** How far `values` are from those of the same names in `expected`. */
export function difference(values: Values, expected: Values): Difference {
  const each = Object.entries(expected).map(([name, wanted]) => ({
    name,
    distance: squaredDistance(values[name], wanted),
    length: squares(wanted.data),
  }));
  const length = Math.sqrt(each.reduce((sum, tensor) => sum + tensor.length, 0));
  const distance = Math.sqrt(each.reduce((sum, tensor) => sum + tensor.distance, 0));
  const shares = each.map((tensor) => ({
    name: tensor.name,
    worst: share(Math.sqrt(tensor.distance), Math.max(Math.sqrt(tensor.length), LEAST_SHARE * length)),
  }));
  const none = { name: 'nothing was compared', worst: Number.POSITIVE_INFINITY };
  const farthest = shares.reduce((a, b) => (b.worst > a.worst ? b : a), shares[0] ?? none);
  return {
    whole: each.length === 0 ? Number.POSITIVE_INFINITY : share(distance, length),
    ...farthest,
    each: Object.fromEntries(shares.map((tensor) => [tensor.name, tensor.worst])),
  };
}

/** The bytes of a tensor, not copied. */
export function bytesOf({ data }: HostTensor): Buffer {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}

/** The first name whose tensors are not the same to the bit; undefined where all are. */
export function firstUnequal(values: Values, expected: Values): string | undefined {
  const names = [...new Set([...Object.keys(expected), ...Object.keys(values)])];
  return names.find((name) => {
    const [a, b] = [values[name], expected[name]];
    return !a || !b || a.dtype !== b.dtype || Buffer.compare(bytesOf(a), bytesOf(b)) !== 0;
  });
}

/** Tensors with every value moved by a share `by` of itself, up or down at random. */
export function moved(values: Values, by: number): Values {
  return Object.fromEntries(
    Object.entries(values).map(([name, { data, shape }], tensor) => {
      const random = randomStream(3, tensor);
      const away = (value: number): number => value * (1 + (random.uniform() < 0.5 ? by : -by));
      return [name, float32(Float32Array.from(data, away), shape)];
    }),
  );
}

/** The entries of a record whose names pass. */
export function chosen(values: Values, passes: (name: string) => boolean): Values {
  return Object.fromEntries(Object.entries(values).filter(([name]) => passes(name)));
}
