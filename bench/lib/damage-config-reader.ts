import { existsSync, readFileSync } from 'node:fs';
import { loadConfig } from '../../src/config/load.ts';
import type { RunConfig } from '../../src/config/run-config.ts';
import { planFor, planRun } from '../../src/run/plan/plan.ts';
import { formatPlan } from '../../src/run/plan/plan-text.ts';
import { UserError } from '../../src/util/errors.ts';

/** How a place is named inside of a sentence. */
const PLACE = /in line (\d+), column \d+ of /;

/** Characters of a plan. */
const LONGEST_PLAN = 8192;

/** What is wrong with a file as a whole, and so stands in no line. */
const OF_THE_FILE = /expected settings, got an empty file|at most 100 kB|got UTF-32|got damaged UTF-16/;

/** Images that a plan is made for where there are none. */
const IMAGES = { count: 100_000, description: 'images' };

/** Whether a line of a message begins with a place that the file has, or names one. */
function isPlaced(told: string, path: string): boolean {
  const text = told.trimStart();
  const [, line] = (text.startsWith(path) && /^:(\d+):\d+ /.exec(text.slice(path.length))) || PLACE.exec(text) || [];
  return line !== undefined && Number(line) >= 1 && Number(line) <= linesOf(path);
}

function linesOf(path: string): number {
  return readFileSync(path, 'utf8').split(/\r\n|[\r\n]/).length;
}

function load(path: string): RunConfig {
  try {
    return loadConfig(path);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const [line = '', ...others] = error.message.split('\n');
    // The first of several lines counts them.
    const told = others.length > 0 && !line.startsWith(path) ? others : [line];
    const areAllPlaced = told.every((each) => isPlaced(each, path) || /^ *\.\.\. and [\d,]+ more/.test(each));
    if (areAllPlaced || OF_THE_FILE.test(error.message)) throw error;
    throw new Error(`no line and column: ${error.message.slice(0, 500)}`);
  }
}

/** Reads a configuration and plans its run, of images where there are such. */
export async function read(path: string): Promise<unknown> {
  const config = load(path);
  const isThere = existsSync(config.data.path);
  const plan = formatPlan(
    isThere ? await planRun(config, { resume: false, overwrite: false }) : planFor(config, IMAGES),
  );
  if (plan.length > LONGEST_PLAN) throw new Error(`a plan of ${plan.length} characters`);
  return plan;
}
