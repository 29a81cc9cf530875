import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { describeMachine } from './lib/machine.ts';
import { type LoopResult, restartLoop } from './lib/restart-loop.ts';
import { readResults, renewResults, writeResults } from './lib/results.ts';
import { formatTable } from './lib/table.ts';
import { tinyRun } from './lib/tiny-run.ts';

const SIMCLR = 'method: {name: simclr, projector: {hidden: 8, out: 4}}';
const MOCO = 'name: moco, queueSize: 64, projector: {hidden: 8, out: 4}';
const PREDICTED = 'projector: {hidden: 8, out: 4}, predictor: {hidden: 8}';

/** Settings of small runs that train, save and evaluate in every way there is. */
const VARIANTS: Readonly<Record<string, (epochs: number) => readonly string[]>> = {
  simclr: () => [SIMCLR],
  'simclr, every step saved': () => [SIMCLR, 'checkpoint: {everySteps: 1}'],
  'simclr, accumulated': (epochs) => [SIMCLR, `schedule: {epochs: ${epochs}, batchSize: 4, accumulate: 2}`],
  'moco v1': () => ['method: {name: moco, queueSize: 64, projector: {out: 4, layers: 1}}'],
  'moco v2': () => [`method: {${MOCO}, batchNormGroups: 2, shuffleKeys: true}`],
  'moco v2+': () => [`method: {${MOCO}, symmetric: mean, queues: 2}`],
  'moco v3': () => [`method: {name: mocov3, ${PREDICTED}}`],
  byol: () => [`method: {name: byol, ${PREDICTED}}`],
  evaluated: () => [
    SIMCLR,
    'evaluate: {knn: {everyEpochs: 2}, linearProbe: false, floors: false}',
    'checkpoint: {everySteps: 5, keepBest: true, keepEveryEpochs: 10}',
  ],
};

/** The share of the kills that the first variant has: one run that is killed often, beside many killed a few times. */
const FIRST_SHARE = 0.25;
/** Epochs of 16 steps that a start trains for, more or less, until it is killed. */
const EPOCHS_A_KILL = 2;

/** Kills of each of so many variants. */
function sharesOf(kills: number, variants: number): number[] {
  const first = variants === 1 ? kills : Math.round(kills * FIRST_SHARE);
  const others = Array.from({ length: variants - 1 }, (_, i) => Math.floor((kills - first + i) / (variants - 1)));
  return [first, ...others];
}

const USAGE = `Use: npm run bench -- kill [--kills 200] [--seed 1] [--variants 'NAME; NAME']

Starts small runs of all kinds by cl-train --resume auto in a loop that is killed (SIGKILL) at random moments: while it
loads, decodes, records, trains, saves and evaluates. Each is compared with one that nothing disturbed: checkpoints must
have the same bytes, no file or lock may be left over, each start must go on from the last checkpoint that was told or a
later one, and a last start must say that the run is finished. Exit code 1 where that is not so. The first variant gets a
quarter of the kills.
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

/** What came of a variant, with the machine and the commit. */
interface VariantResult extends LoopResult {
  readonly variant: string;
  readonly kills: number;
  readonly seed: number;
  readonly measured: ReturnType<typeof describeMachine>;
}

/** At once after each variant: an hour of kills should survive a failure. Other variants stay as they were. */
function keep(result: VariantResult): void {
  const { results: kept = [] } = readResults<{ results: readonly VariantResult[] }>('kill');
  const placeOf = ({ variant }: VariantResult): number => Object.keys(VARIANTS).indexOf(variant);
  const renewed = renewResults(kept, [result], ({ variant }) => variant);
  const results = renewed.toSorted((a, b) => placeOf(a) - placeOf(b));
  writeResults('kill', { bench: 'kill', results });
}

const folder = mkdtempSync(join(tmpdir(), 'kill-'));
const results: VariantResult[] = [];
try {
  const shares = sharesOf(kills, names.length);
  for (const [i, variant] of names.entries()) {
    const share = shares[i] as number;
    const epochs = EPOCHS_A_KILL * share;
    const outcome = await restartLoop({
      folder: join(folder, String(i)),
      program: resolve('bin/cl-train.js'),
      experiment: tinyRun(epochs, VARIANTS[variant]?.(epochs)),
      kills: share,
      seed: seed + i,
      say: (line) => console.error(`${variant}: ${line}`),
    });
    const result = { variant, kills: share, seed: seed + i, measured: describeMachine({}), ...outcome };
    results.push(result);
    keep(result);
    for (const problem of result.problems) console.log(`${variant}: ${problem}`);
  }
} finally {
  rmSync(folder, { recursive: true });
}
const isSame = results.every(({ problems }) => problems.length === 0);
console.log(
  formatTable(
    ['run', 'starts killed', 'ended before', 'at the end'],
    results.map(({ variant, kills: count, finished, problems }) => [
      variant,
      String(count - finished),
      String(finished),
      problems.length === 0 ? 'the bytes of the undisturbed run' : problems.join(' '),
    ]),
  ),
);
const stages: Record<string, number> = {};
for (const result of results) {
  for (const [stage, count] of Object.entries(result.stages)) stages[stage] = (stages[stage] ?? 0) + count;
}
console.log(
  `Killed: ${Object.entries(stages)
    .map(([stage, count]) => `${count} ${stage}`)
    .join(', ')}.`,
);
process.exitCode = isSame ? 0 : 1;
