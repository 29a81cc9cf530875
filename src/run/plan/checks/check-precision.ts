import { halfPrecisionCost } from '../../../util/half-precision.ts';
import type { CheckedRun, SettingProblems } from './checked-run.ts';

/** Half precision on a CPU that does not multiply it. */
export function checkPrecision({ config: { precision }, cpu }: CheckedRun): SettingProblems {
  const cost = precision === 'float32' || cpu === undefined ? undefined : halfPrecisionCost(precision, cpu);
  const warnings = cost === undefined ? [] : [`precision: ${cost}; usual: \`--set precision=float32\``];
  return { errors: [], warnings };
}
