import type { HostTensor } from '../../runtime/host-tensor.ts';
import { formatCount, formatPlural } from '../../util/format-count.ts';
import { listNames } from '../../util/list-names.ts';
import { showName } from '../torch/pickle-values.ts';

/** Names the tensors that hold NaN or infinite values, and how many; undefined where all values are numbers. */
export function notFiniteNote(tensors: Readonly<Record<string, HostTensor>>): string | undefined {
  const found = Object.entries(tensors).flatMap(([name, { dtype, data }]) => {
    if (dtype !== 'float32') return [];
    let count = 0;
    for (const value of data) if (!Number.isFinite(value)) count++;
    return count === 0 ? [] : [`${showName(name)} (${formatCount(count)} of ${formatCount(data.length)})`];
  });
  if (found.length === 0) return undefined;
  return `NaN or infinite values in ${formatPlural(found.length, 'tensor')}: ${listNames(found)}`;
}
