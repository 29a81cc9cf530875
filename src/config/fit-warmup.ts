import { applyOverrides, type Override } from './overrides.ts';
import { showPath } from './path.ts';
import { member } from './schema-walk.ts';
import type { Switched } from './switch-choice.ts';

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

/**
 * Shortens the warm-up of a file whose epochs are made fewer from outside (`--epochs 3`) than it takes: to the same
 * share of the run, whole epochs where the rate changes only with them. A warm-up that is given with the epochs stays.
 */
export function fitWarmup(file: unknown, overrides: readonly Override[]): Switched {
  const given = (key: string): Override | undefined =>
    overrides.findLast(({ path }) => showPath(path) === `schedule.${key}`);
  const epochs = given('epochs');
  const schedule = member(file, 'schedule');
  const [planned, warmup] = [member(schedule, 'epochs'), member(schedule, 'warmupEpochs')];
  const isDecided = given('warmupEpochs') !== undefined || overrides.some(({ path }) => showPath(path) === 'schedule');
  if (epochs === undefined || isDecided) return { settings: file, notes: [] };
  if (!(isNumber(epochs.value) && epochs.value >= 1 && isNumber(planned) && isNumber(warmup))) {
    return { settings: file, notes: [] };
  }
  if (warmup < epochs.value || warmup >= planned) return { settings: file, notes: [] };
  const isStair = (given('every')?.value ?? member(schedule, 'every')) === 'epoch';
  const share = (warmup / planned) * epochs.value;
  const fitting = isStair ? Math.floor(share) : Number(share.toPrecision(2));
  const { label, value } = epochs;
  return {
    settings: applyOverrides(file, [{ label, path: ['schedule', 'warmupEpochs'], value: fitting }]),
    notes: [
      `${label}${label.startsWith('--set') ? '=' : ' '}${value}: schedule.warmupEpochs ${fitting} in place of the file's ${warmup} of ${planned}; --set schedule.warmupEpochs=N chooses another`,
    ],
  };
}
