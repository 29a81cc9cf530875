import type { RunConfig } from '../../config/run-config.ts';
import { UserError } from '../../util/errors.ts';
import type { Steps } from '../steps.ts';
import { checkMethod } from './check-method.ts';
import { checkOptimizer } from './check-optimizer.ts';
import { checkSchedule } from './check-schedule.ts';
import { checkViews } from './check-views.ts';

/** What settings are judged by: themselves, and what they come to on the data. */
export interface CheckedRun {
  readonly config: RunConfig;
  readonly imageCount: number;
  readonly steps: Steps;
}

/** Settings that are known to fail, each with the reason and the usual value. */
export interface SettingProblems {
  /** Such a run can't work. */
  readonly errors: readonly string[];
  /** Such a run is likely to disappoint. */
  readonly warnings: readonly string[];
}

/** Judges settings that are each valid by what is known of them together. */
export function checkSettings(run: CheckedRun): SettingProblems {
  const found = [checkSchedule(run), checkOptimizer(run), checkMethod(run), checkViews(run)];
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
