import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { describeMachine } from './lib/machine.ts';
import { restartLoop } from './lib/restart-loop.ts';
import { formatTable } from './lib/table.ts';
import { tinyRun } from './lib/tiny-run.ts';

/** Settings of small runs that save, evaluate and export in every way there is. */
const VARIANTS: Readonly<Record<string, readonly string[]>> = {
  simclr: ['method: {name: simclr, projector: {hidden: 8, out: 4}}'],
  'simclr, every step': ['method: {name: simclr, projector: {hidden: 8, out: 4}}', 'checkpoint: {everySteps: 1}'],
  'moco v2': ['method: {name: moco, queueSize: 64, projector: {hidden: 8, out: 4}}'],
  byol: ['method: {name: byol, projector: {hidden: 8, out: 4}, predictor: {hidden: 8}}'],
  evaluated: [
    'method: {name: simclr, projector: {hidden: 8, out: 4}}',
    'evaluate: {knn: {everyEpochs: 2}, linearProbe: false, floors: false}',
    'checkpoint: {everySteps: 5, keepBest: true, keepEveryEpochs: 10}',
  ],
};

const USAGE = `Use: npm run bench -- kill [--kills 200] [--seed 1] [--variants 'NAME; NAME']

Starts small runs of all kinds by cl-train --resume auto in a loop that is killed (SIGKILL) at random moments: while it
loads, decodes, records, trains, saves and evaluates. Each is compared with one that nothing disturbed: checkpoints must
have the same bytes, no file or lock may be left over, each start must go on from the last checkpoint that was told or a
later one, and a last start must say that the run is finished. Exit code 1 where that is not so.
Variants: ${Object.keys(VARIANTS).join('; ')}.`;

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    variants: { type: 'string', default: Object.keys(VARIANTS).join(';') },
    help: { type: 'boolean', default: false },
  },
});
const [kills, seed] = [Number(values.kills), Number(values.seed)];
const names = values.variants.split(';').map((name) => name.trim());
if (values.help || !(kills >= names.length) || !Number.isSafeInteger(seed) || !names.every((name) => VARIANTS[name])) {
  console.error(USAGE);
  process.exit(values.help ? 0 : 2);
}

const FILE = join('bench', 'results', 'kill.json');
const folder = mkdtempSync(join(tmpdir(), 'kill-'));
const results: { variant: string; kills: number; finishedBefore: number; problems: readonly string[] }[] = [];
try {
  for (const [i, variant] of names.entries()) {
    const share = Math.floor(kills / names.length) + (i < kills % names.length ? 1 : 0);
    const { problems, finished } = await restartLoop({
      folder: join(folder, String(i)),
      program: resolve('bin/cl-train.js'),
      experiment: tinyRun(60, VARIANTS[variant]),
      kills: share,
      seed: seed + i,
      say: (line) => console.error(`${variant}: ${line}`),
    });
    results.push({ variant, kills: share, finishedBefore: finished, problems });
    for (const problem of problems) console.log(`${variant}: ${problem}`);
  }
} finally {
  rmSync(folder, { recursive: true });
}
const isSame = results.every(({ problems }) => problems.length === 0);
mkdirSync(join('bench', 'results'), { recursive: true });
const record = { bench: 'kill', measured: describeMachine({}), seed, results };
writeFileSync(FILE, `${JSON.stringify(record, undefined, 2)}\n`);
console.log(
  formatTable(
    ['run', 'starts killed', 'ended before', 'at the end'],
    results.map(({ variant, kills: count, finishedBefore, problems }) => [
      variant,
      String(count - finishedBefore),
      String(finishedBefore),
      problems.length === 0 ? 'the bytes of the undisturbed run' : problems.join(' '),
    ]),
  ),
);
console.log(`Written: ${FILE}`);
process.exitCode = isSame ? 0 : 1;
