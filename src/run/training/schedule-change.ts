import type { OptimizerConfig, ScheduleConfig } from '../../config/run-config.ts';
import { formatCount } from '../../util/format-count.ts';
import { planSteps } from '../assembly/steps.ts';
import type { Resumed } from './resume.ts';
import { describeChange, type SettingChange } from './setting-changes.ts';

/** What the course of training follows from. */
export interface Course {
  readonly schedule: ScheduleConfig;
  readonly optimizer: OptimizerConfig;
  /** Images that it draws from. */
  readonly images: number;
}

const rateText = (rate: number): string => (rate === 0 ? '0' : rate.toExponential(2));

/**
 * What another course means for a run that goes on after so many steps, for people; undefined where nothing of it
 * changes.
 */
function scheduleChange(before: Course, now: Course, step: number): string | undefined {
  const [old, next] = [planSteps(before.images, before), planSteps(now.images, now)];
  const parts: string[] = [];
  if (old.total !== next.total || old.perEpoch !== next.perEpoch) {
    parts.push(
      `${formatCount(step)} of ${formatCount(next.total)} steps are done (of ${formatCount(old.total)} before)`,
    );
  }
  if (old.perEpoch !== next.perEpoch) {
    parts.push(`an epoch has ${formatCount(next.perEpoch)} steps rather than ${formatCount(old.perEpoch)}`);
  }
  const [was, is] = [old.learningRate(step), next.learningRate(step)];
  if (was !== is) {
    parts.push(
      `the learning rate follows the new course from here on: ${rateText(is)} in the next step, where the old course ${step >= old.total ? 'ended at' : 'has'} ${rateText(was)}`,
    );
  }
  if (parts.length === 0) return undefined;
  return `${parts.join('; ')}. The steps before followed the old course, as does a moving average that has an end: this is not what the new settings give from the start`;
}

/** What changed for a run that goes on: the settings, and what that means for its course; for people. */
export function changeNotices(
  { step, images, changes = [], settings }: Resumed,
  now: Course,
  others: readonly SettingChange[],
): string[] {
  const told = [...changes.filter(({ key }) => key !== 'data.path'), ...others].map(describeChange);
  const { schedule = now.schedule, optimizer = now.optimizer } = (settings ?? {}) as Partial<Course>;
  const course = scheduleChange({ schedule, optimizer, images: images ?? now.images }, now, step);
  return [
    ...(told.length > 0 ? [`goes on with other settings: ${told.join('; ')}`] : []),
    ...(course === undefined ? [] : [course]),
  ];
}
