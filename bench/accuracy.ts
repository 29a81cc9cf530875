import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { type Options, readOptions } from './lib/accuracy-options.ts';
import { capture } from './lib/capture.ts';
import { describeMachine } from './lib/machine.ts';
import { ensurePeerPython, PEER_ENVIRONMENT } from './lib/peer.ts';
import { formatTable } from './lib/table.ts';

/** Differences of the means up to here count as the same accuracy, in points. */
const LIMIT = 1.5;

interface Run {
  readonly seed: number;
  /** Accuracies as fractions. */
  readonly knn: number;
  readonly linear: number;
  readonly loss?: number;
  readonly trainingSeconds?: number;
}

interface Evaluation {
  readonly name: string;
  readonly subject: string;
  readonly top1: number;
}

interface Peer {
  readonly epochs: number;
  readonly date: string;
  readonly machine: unknown;
  readonly versions: unknown;
  readonly runs: readonly Run[];
}

/** Trains one seed with the product and returns what its report says. */
async function ownRun(options: Options, seed: number, folder: string, floors: boolean) {
  const output = join(folder, `seed-${seed}`);
  const settings = [`evaluate.floors=${floors}`, `evaluate.knn.everyEpochs=${options.epochs}`];
  await capture(process.execPath, [
    join('bin', 'cl-train.js'),
    ...['--config', options.config, '--data', options.data, '--output', output],
    ...['--seed', String(seed), '--epochs', String(options.epochs)],
    ...settings.flatMap((setting) => ['--set', setting]),
  ]);
  const report = JSON.parse(readFileSync(join(output, 'report.json'), 'utf8'));
  const evaluations: readonly Evaluation[] = report.evaluations;
  const of = (name: string, subject: string): number | undefined =>
    evaluations.findLast((each) => each.name === name && each.subject === subject)?.top1;
  const knn = of('knn', 'pretrained');
  const linear = of('linear-probe', 'pretrained');
  if (knn === undefined || linear === undefined) throw new Error(`${output}/report.json lacks the accuracies.`);
  const { epochs }: { epochs: readonly { loss: number; seconds: number }[] } = report.training;
  const run: Run = {
    seed,
    knn,
    linear,
    loss: epochs.at(-1)?.loss ?? Number.NaN,
    trainingSeconds: epochs.reduce((sum, { seconds }) => sum + seconds, 0),
  };
  return { run, evaluations, environment: report.environment };
}

async function peerResults({ peer, epochs, data, seeds }: Options): Promise<Peer | undefined> {
  if (peer === 'recorded') {
    const recorded: Peer = JSON.parse(readFileSync(join('bench', 'accuracy-peer.json'), 'utf8'));
    return recorded.epochs === epochs ? recorded : undefined;
  }
  const python = await ensurePeerPython();
  const runs: Run[] = [];
  let versions: unknown;
  for (const seed of seeds) {
    const args = ['--data', data, '--seed', String(seed), '--epochs', String(epochs)];
    const env = { ...PEER_ENVIRONMENT, ...process.env };
    const output = await capture(python, [join('bench', 'accuracy-peer.py'), ...args], { env });
    const { versions: found, ...run } = JSON.parse(output.trim().split('\n').at(-1) ?? '');
    versions = found;
    runs.push(run);
  }
  const { date, ...machine } = describeMachine();
  return { epochs, date, machine, versions, runs };
}

const mean = (runs: readonly Run[], key: 'knn' | 'linear'): number =>
  runs.reduce((sum, run) => sum + run[key], 0) / runs.length;
const percent = (value: number | undefined): string => (value === undefined ? '' : (100 * value).toFixed(2));

function tableOf(own: readonly Run[], peer: Peer | undefined, floors: readonly Evaluation[]): string {
  const rows = (who: string, runs: readonly Run[]): string[][] => [
    ...runs.map((run) => [
      `${who}, seed ${run.seed}`,
      percent(run.knn),
      percent(run.linear),
      run.loss?.toFixed(3) ?? '',
      run.trainingSeconds?.toFixed(0) ?? '',
    ]),
    [`${who}, mean`, percent(mean(runs, 'knn')), percent(mean(runs, 'linear')), '', ''],
  ];
  const floor = (subject: string) => {
    const of = (name: string) => floors.find((each) => each.name === name && each.subject === subject)?.top1;
    return [`${subject} (here)`, percent(of('knn')), percent(of('linear-probe')), '', ''];
  };
  return formatTable(
    ['', 'kNN %', 'linear %', 'last loss', 'training s'],
    [
      ...rows('here', own),
      ...(peer ? rows('PyTorch + lightly', peer.runs) : []),
      ...['untrained', 'pixels'].map(floor),
    ],
  );
}

const options = readOptions();
const folder = mkdtempSync(join(os.tmpdir(), 'cl-accuracy-'));
const own: Run[] = [];
let floors: readonly Evaluation[] = [];
let environment: unknown;
try {
  for (const [i, seed] of options.seeds.entries()) {
    console.error(`Training seed ${seed} for ${options.epochs} epochs ...`);
    const found = await ownRun(options, seed, folder, i === 0);
    own.push(found.run);
    environment = found.environment;
    if (i === 0) floors = found.evaluations.filter(({ subject }) => subject !== 'pretrained');
  }
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
if (own.length < options.seeds.length) process.exit();

const peer = await peerResults(options);
const difference = (key: 'knn' | 'linear') =>
  peer ? Number((100 * (mean(own, key) - mean(peer.runs, key))).toFixed(2)) : null;
const summary = {
  bench: 'accuracy',
  method: options.method,
  epochs: options.epochs,
  seeds: options.seeds,
  knn: mean(own, 'knn'),
  linear: mean(own, 'linear'),
  differencePoints: { knn: difference('knn'), linear: difference('linear') },
  limitPoints: LIMIT,
  within: peer ? Math.abs(difference('knn') ?? 0) <= LIMIT && Math.abs(difference('linear') ?? 0) <= LIMIT : null,
  peer: options.peer,
};
mkdirSync(join('bench', 'results'), { recursive: true });
const result = { ...summary, measured: describeMachine(), environment, own, floors, peerResults: peer ?? null };
writeFileSync(join('bench', 'results', 'accuracy.json'), `${JSON.stringify(result, undefined, 2)}\n`);

console.log(tableOf(own, peer, floors));
if (!peer) console.log(`\nNothing is recorded for ${options.epochs} epochs: --peer run measures PyTorch too.`);
else
  console.log(
    `\nPyTorch + lightly: ${options.peer === 'run' ? 'measured now' : `recorded ${peer.date}, ${peer.machine}`}.`,
  );
console.log(JSON.stringify(summary));
