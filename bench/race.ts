import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { raceForLock } from './lib/lock-race.ts';
import { describeMachine } from './lib/machine.ts';
import { writeResults } from './lib/results.ts';
import { raceForRun } from './lib/run-race.ts';
import { tinyRun } from './lib/tiny-run.ts';

const USAGE = `Use: npm run bench -- race [--rounds 100]

Starts two trainings in one folder at once, and two set-ups of one clone, round by round: one of them must own it each time.
Trainings start anew, go on, overwrite, and take over from a killed one. Exit code 1 where two owned it.`;

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '100' }, help: { type: 'boolean', default: false } },
});
const rounds = Number(values.rounds);
if (values.help || !(rounds >= 1)) {
  console.error(USAGE);
  process.exit(values.help ? 0 : 2);
}

const folder = mkdtempSync(join(tmpdir(), 'race-'));
try {
  writeFileSync(join(folder, 'run.yaml'), tinyRun(1000));
  const start = [resolve('bin/cl-train.js'), '-c', 'run.yaml', '--output', 'run'];
  const ways = [['--resume', 'auto'], ['--overwrite']];
  const problems: string[] = [];
  for (let round = 0; round < rounds; round++) {
    // Every third round begins with an empty folder, the others with what a killed owner left.
    if (round % 3 === 0) rmSync(join(folder, 'run'), { recursive: true, force: true });
    const way = ways[round % ways.length] as string[];
    await raceForRun([...start, ...way], folder, 'run').catch((error: Error) => problems.push(error.message));
    console.error(`trainings: round ${round + 1} of ${rounds}, ${problems.length} with two owners`);
  }
  const clone = join(folder, 'clone');
  cpSync('setup', join(clone, 'setup'), { recursive: true });
  mkdirSync(join(clone, '.cache'));
  const race = { module: join(clone, 'setup', 'clone-lock.mjs'), lock: join(clone, '.cache', 'setup.lock') };
  const setups = await raceForLock({ ...race, rounds, processes: 2 });
  for (const problem of problems) console.log(problem);
  console.log(`trainings: ${rounds} races, ${problems.length} with two owners or none`);
  console.log(`set-ups: ${rounds} races, ${setups.broken} with two owners, ${setups.left.length} files left`);
  const trainings = { rounds, problems };
  writeResults('race', { bench: 'race', measured: describeMachine({}), trainings, setups: { rounds, ...setups } });
  process.exitCode = problems.length + setups.broken + setups.left.length === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true });
}
