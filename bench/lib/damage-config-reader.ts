import { existsSync } from 'node:fs';
import { loadConfig } from '../../src/config/load.ts';
import type { RunConfig } from '../../src/config/run-config.ts';
import { planFor, planRun } from '../../src/run/plan/plan.ts';
import { formatPlan } from '../../src/run/plan/plan-text.ts';
import { UserError } from '../../src/util/errors.ts';

/** Characters of a plan. */
const LONGEST_PLAN = 8192;

/** What is wrong with a file as a whole, and so stands in no line. */
const OF_THE_FILE = /expected settings, got an empty file|at most 100 kB|got UTF-32|got damaged UTF-16/;

/** Images that a plan is made for where there are none. */
const IMAGES = { count: 100_000, description: 'images' };

function load(path: string): RunConfig {
  try {
    return loadConfig(path);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const [line = '', ...others] = error.message.split('\n');
    // The first of several lines counts them.
    const told = others.length > 0 && !line.startsWith(path) ? others : [line];
    const isPlaced = told.every(
      (each) => /:\d+:\d+ |in line \d+, column \d+ of /.test(each) || /^ *\.\.\. and [\d,]+ more/.test(each),
    );
    if (isPlaced || OF_THE_FILE.test(error.message)) throw error;
    throw new Error(`no line and column: ${error.message.slice(0, 500)}`);
  }
}

/** Reads a configuration and plans its run, of images where there are such. */
export async function read(path: string): Promise<unknown> {
  const config = load(path);
  const isThere = existsSync(config.data.path);
  const plan = formatPlan(isThere ? await planRun(config, { resume: false }) : planFor(config, IMAGES));
  if (plan.length > LONGEST_PLAN) throw new Error(`a plan of ${plan.length} characters`);
  return plan;
}
