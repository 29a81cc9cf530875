import type { HostTensor } from '../runtime/host-tensor.ts';
import { formatCount, formatPlural } from '../util/format-count.ts';
import { listNames } from '../util/list-names.ts';
import { quote } from '../util/shorten.ts';

/** All eight bits of a float32's exponent: what NaN and the infinities have in common. */
const EXPONENT = 0x7f800000;

/** How many values of a tensor are NaN or infinite; takes a nanosecond for each value. */
export function countNotFinite({ dtype, data }: HostTensor): number {
  if (dtype !== 'float32') return 0;
  const bits = new Uint32Array(data.buffer, data.byteOffset, data.length);
  let count = 0;
  for (let i = 0; i < bits.length; i++) if (((bits[i] as number) & EXPONENT) === EXPONENT) count++;
  return count;
}

/** Says which tensors hold NaN or infinite values, and how many; undefined where all values are numbers. */
export function notFiniteNote(tensors: Readonly<Record<string, HostTensor>>): string | undefined {
  const found = Object.entries(tensors).flatMap(([name, tensor]) => {
    const count = countNotFinite(tensor);
    if (count === 0) return [];
    return [`${quote(name).slice(1, -1)} (${formatCount(count)} of ${formatCount(tensor.data.length)})`];
  });
  if (found.length === 0) return undefined;
  return `NaN or infinite values in ${formatPlural(found.length, 'tensor')}: ${listNames(found)}`;
}
