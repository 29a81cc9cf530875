import { UserError } from '../../../util/errors.ts';
import { checkLeftOver } from './check-left-over.ts';
import { checkMethod } from './check-method.ts';
import { checkOptimizer } from './check-optimizer.ts';
import { checkPrecision } from './check-precision.ts';
import { checkSchedule } from './check-schedule.ts';
import { checkViews } from './check-views.ts';
import type { CheckedRun, SettingProblems } from './checked-run.ts';

/** Judges settings that are each valid by what is known of them together. */
export function checkSettings(run: CheckedRun): SettingProblems {
  const checks = [checkSchedule, checkLeftOver, checkOptimizer, checkMethod, checkViews, checkPrecision];
  const found = checks.map((check) => check(run));
  return {
    errors: found.flatMap(({ errors }) => errors),
    warnings: found.flatMap(({ warnings }) => warnings),
  };
}

/**
 * The warnings about a run's settings.
 *
 * @throws UserError (exit 2) with every reason why the run can't work.
 */
export function settingWarnings(run: CheckedRun): readonly string[] {
  const { errors, warnings } = checkSettings(run);
  if (errors.length === 0) return warnings;
  const message = errors.length === 1 ? errors[0] : [`${errors.length} settings cannot work`, ...errors].join('\n  ');
  throw new UserError(message ?? '', { exitCode: 2 });
}
