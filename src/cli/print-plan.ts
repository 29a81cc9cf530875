import type { RunConfig } from '../config/run-config.ts';
import { writeText } from '../util/write-text.ts';
import type { AUTO } from './choose-config.ts';

interface PlanOptions {
  readonly resume: boolean | typeof AUTO;
  readonly overwrite: boolean;
  /** Whether real steps are timed, for which TensorFlow is loaded. */
  readonly measure: boolean;
  readonly quiet: boolean;
  readonly signal: AbortSignal;
}

/** Prints what a run would do. @throws UserError for what the run would refuse; the signal's reason. */
export async function printPlan(
  config: RunConfig,
  { resume, overwrite, measure, quiet, signal }: PlanOptions,
): Promise<void> {
  const [{ planRun }, { formatPlan }] = await Promise.all([
    import('../run/plan/plan.ts'),
    import('../run/plan/plan-text.ts'),
  ]);
  const plan = await planRun(config, { resume, overwrite, signal });
  const measured = measure
    ? await import('../run/bench/measure-steps.ts').then((bench) => bench.measureSteps(config, { quiet, signal }))
    : undefined;
  writeText(process.stdout, formatPlan(plan, measured));
}
