import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { type MethodName, type Options, readOptions } from './lib/accuracy-options.ts';
import { type Evaluation, type OwnRun, type Run, readRun, trainRun } from './lib/accuracy-runs.ts';
import { capture } from './lib/capture.ts';
import { describeMachine } from './lib/machine.ts';
import { ensurePeerPython, PEER_ENVIRONMENT } from './lib/peer.ts';
import { writeResults } from './lib/results.ts';
import { formatTable } from './lib/table.ts';

interface Peer {
  readonly epochs: number;
  readonly date: string;
  readonly machine: unknown;
  readonly versions: unknown;
  readonly runs: readonly Run[];
}

/** The tool's runs of all seeds, trained now or read where they lie. */
async function ownRuns(options: Options): Promise<OwnRun[]> {
  const { runs, method, seeds, epochs } = options;
  if (runs !== undefined) return seeds.map((seed) => readRun(join(runs, `${method}-${seed}`), options, seed));
  const folder = mkdtempSync(join(os.tmpdir(), 'cl-accuracy-'));
  try {
    const found: OwnRun[] = [];
    for (const [i, seed] of seeds.entries()) {
      console.error(`Training ${method}, seed ${seed}, for ${epochs} epochs ...`);
      found.push(await trainRun(join(folder, `seed-${seed}`), options, seed, i === 0));
    }
    return found;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function peerResults({ peer, method, epochs, data, seeds }: Options): Promise<Peer | undefined> {
  if (peer === 'recorded') {
    const recorded: Record<MethodName, Peer> = JSON.parse(readFileSync(join('bench', 'accuracy-peer.json'), 'utf8'));
    return recorded[method].epochs === epochs ? recorded[method] : undefined;
  }
  const python = await ensurePeerPython();
  const runs: Run[] = [];
  let versions: unknown;
  for (const seed of seeds) {
    const args = ['--method', method, '--data', data, '--seed', String(seed), '--epochs', String(epochs)];
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

/** The standard deviation over seeds; 0 for one. */
function spread(runs: readonly Run[], key: 'knn' | 'linear'): number {
  const centre = mean(runs, key);
  return Math.sqrt(runs.reduce((sum, run) => sum + (run[key] - centre) ** 2, 0) / Math.max(runs.length - 1, 1));
}

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
    [`${who}, deviation`, percent(spread(runs, 'knn')), percent(spread(runs, 'linear')), '', ''],
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
      ...(floors.length > 0 ? ['untrained', 'pixels'].map(floor) : []),
    ],
  );
}

const options = readOptions();
const found = await ownRuns(options).catch((error: Error) => {
  console.error(error.message);
  process.exit(1);
});
const own = found.map(({ run }) => run);
const floors = found[0]?.evaluations.filter(({ subject }) => subject !== 'pretrained') ?? [];
const peer = await peerResults(options);
const difference = (key: 'knn' | 'linear') =>
  peer ? Number((100 * (mean(own, key) - mean(peer.runs, key))).toFixed(2)) : null;
const isWithin = (key: 'knn' | 'linear'): boolean => Math.abs(difference(key) ?? 0) <= options.limits[key];
const summary = {
  bench: 'accuracy',
  method: options.method,
  epochs: options.epochs,
  seeds: options.seeds,
  knn: mean(own, 'knn'),
  linear: mean(own, 'linear'),
  spread: { knn: spread(own, 'knn'), linear: spread(own, 'linear') },
  differencePoints: { knn: difference('knn'), linear: difference('linear') },
  limitPoints: options.limits,
  within: peer ? isWithin('knn') && isWithin('linear') : null,
  peer: options.peer,
};
const environment = found[0]?.environment;
// Finished runs may be of another commit than this one.
const measured = { ...describeMachine(), ...(options.runs !== undefined && { commit: null }) };
const result = { ...summary, measured, environment, own, floors, peerResults: peer ?? null };
writeResults(`accuracy-${options.method}`, result);

console.log(tableOf(own, peer, floors));
if (!peer) console.log(`\nNothing is recorded for ${options.epochs} epochs: --peer run measures PyTorch too.`);
else
  console.log(
    `\nPyTorch + lightly: ${options.peer === 'run' ? 'measured now' : `recorded ${peer.date}, ${peer.machine}`}.`,
  );
console.log(JSON.stringify(summary));
