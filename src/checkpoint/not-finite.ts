import type { HostTensor } from '../runtime/host-tensor.ts';
import { formatCount, formatPlural } from '../util/format-count.ts';
import { listNames } from '../util/list-names.ts';
import { quote } from '../util/shorten.ts';

/** A tensor that holds values which are not finite. */
export interface NotFinite {
  readonly name: string;
  /** NaN or infinite values, of so many. */
  readonly count: number;
  readonly of: number;
}

/** All eight bits of a float32's exponent: what NaN and the infinities have in common. */
const EXPONENT = 0x7f800000;

/** The tensors that hold NaN or infinite values; a nanosecond for each value. */
export function findNotFinite(tensors: Readonly<Record<string, HostTensor>>): NotFinite[] {
  return Object.entries(tensors).flatMap(([name, { dtype, data }]) => {
    if (dtype !== 'float32') return [];
    const bits = new Uint32Array(data.buffer, data.byteOffset, data.length);
    let count = 0;
    for (let i = 0; i < bits.length; i++) if (((bits[i] as number) & EXPONENT) === EXPONENT) count++;
    return count === 0 ? [] : [{ name, count, of: data.length }];
  });
}

/** Says which tensors hold NaN or infinite values, and how many; undefined where all values are numbers. */
export function notFiniteNote(tensors: Readonly<Record<string, HostTensor>>): string | undefined {
  const found = findNotFinite(tensors);
  if (found.length === 0) return undefined;
  const parts = found.map(
    ({ name, count, of }) => `${quote(name).slice(1, -1)} (${formatCount(count)} of ${formatCount(of)})`,
  );
  return `NaN or infinite values in ${formatPlural(found.length, 'tensor')}: ${listNames(parts)}`;
}
