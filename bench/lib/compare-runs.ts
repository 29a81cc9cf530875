import type { HostTensor } from '../../src/runtime/host-tensor.ts';

type State = Readonly<Record<string, HostTensor>>;

/**
 * Below this root mean square differences count as absolute: BatchNorm's shifts start at 0, beside values of
 * variance 1.
 */
const SMALLEST = 0.1;

/** The largest |a - b| / |b| of the first `count` losses. */
export function compareLosses(a: readonly number[], b: readonly number[], count: number): number {
  const differences = b.slice(0, count).map((value, i) => Math.abs((a[i] ?? Number.NaN) - value) / Math.abs(value));
  // NaN, where a run broke, counts as the largest.
  return differences.some(Number.isNaN) ? Number.NaN : Math.max(...differences);
}

/** What a tensor belongs to. */
export type Part = 'network' | 'target' | 'statistics' | 'queue';

export function partOf(name: string): Part {
  if (name.startsWith('queue')) return 'queue';
  if (/\.running_(mean|var)$/.test(name)) return 'statistics';
  return name.startsWith('target.') ? 'target' : 'network';
}

function rootMeanSquare({ data }: HostTensor, from?: HostTensor): number {
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += ((data[i] as number) - (from?.data[i] ?? 0)) ** 2;
  return Math.sqrt(sum / data.length);
}

/** The tensor of a part that differs most, and by how much. */
export interface Difference {
  readonly name: string;
  readonly value: number;
}

/**
 * The largest difference of a tensor of each part: rms(a - b) / rms(b), where rms(b) counts as at least 0.1.
 *
 * Throws an Error when the names or shapes of the states differ.
 */
export function compareStates(a: State, b: State): Partial<Record<Part, Difference>> {
  const names = Object.keys(b);
  const other = Object.keys(a).find((name) => !Object.hasOwn(b, name));
  if (other !== undefined) throw new Error(`Expected the same tensors on both sides, got '${other}' on one alone.`);
  const worst: Partial<Record<Part, Difference>> = {};
  for (const name of names) {
    const [left, right] = [a[name], b[name]];
    if (!left || !right || left.shape.join() !== right.shape.join())
      throw new Error(`Expected '${name}' to have the shape [${right?.shape}], got [${left?.shape}].`);
    const value = rootMeanSquare(left, right) / Math.max(rootMeanSquare(right), SMALLEST);
    const part = partOf(name);
    if (!(value <= (worst[part]?.value ?? -1))) worst[part] = { name, value };
  }
  return worst;
}

/** How far the network's parameters lie apart, as a share of the way that training took them from `initial`. */
export function shareOfWay(a: State, b: State, initial: State): number {
  const names = Object.keys(b).filter((name) => partOf(name) === 'network');
  const distance = (x: State, y: State): number =>
    Math.sqrt(
      names.reduce((sum, name) => {
        const [left, right] = [x[name] as HostTensor, y[name] as HostTensor];
        return sum + rootMeanSquare(left, right) ** 2 * left.data.length;
      }, 0),
    );
  return distance(a, b) / distance(initial, b);
}
