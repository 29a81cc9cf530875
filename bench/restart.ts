import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { restartLoop } from './lib/restart-loop.ts';
import { tinyRun } from './lib/tiny-run.ts';

const USAGE = `Use: npm run bench -- restart [--kills 50] [--seed 1]

Starts a small run by cl-train --resume auto in a loop that is killed (SIGKILL) at random moments, and compares it with one
that nothing disturbed: the checkpoints must have the same bytes, no file may be left over, and a last start must say that
the run is finished. Exit code 1 where that is not so.`;

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '50' },
    seed: { type: 'string', default: '1' },
    help: { type: 'boolean', default: false },
  },
});
const [kills, seed] = [Number(values.kills), Number(values.seed)];
if (values.help || !(kills >= 1) || !Number.isSafeInteger(seed)) {
  console.error(USAGE);
  process.exit(values.help ? 0 : 2);
}

const folder = mkdtempSync(join(tmpdir(), 'restart-'));
try {
  const experiment = tinyRun(40);
  const program = resolve('bin/cl-train.js');
  const problems = await restartLoop({ folder, program, experiment, kills, seed, say: console.error });
  for (const problem of problems) console.log(problem);
  console.log(
    `${kills} kills, seed ${seed}: ${problems.length === 0 ? 'the bytes of the undisturbed run' : 'differs'}`,
  );
  process.exitCode = problems.length === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true });
}
