import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readSafetensors } from '../src/checkpoint/safetensors-read.ts';
import { writeSafetensors } from '../src/checkpoint/safetensors-write.ts';
import { tensorflowVersion } from '../src/runtime/c-api.ts';
import { int32 } from '../src/runtime/host-tensor.ts';
import { capture } from './lib/capture.ts';
import { compareLosses, compareStates, type Difference, type Part, shareOfWay } from './lib/compare-runs.ts';
import { describeMachine } from './lib/machine.ts';
import { ensurePeerPython } from './lib/peer.ts';
import { writeResults } from './lib/results.ts';
import { formatTable } from './lib/table.ts';
import { type Case, NETWORK, selectCases } from './lib/trajectory-cases.ts';
import { type OwnRun, runProduct } from './lib/trajectory-product.ts';
import { makeStepViews } from './lib/trajectory-views.ts';

/** Largest differences that count as the same training: relative, of losses and of the state at the end. */
const LIMITS = { firstLosses: 1e-4, losses: 1e-2, state: 1e-3 } as const;
const FIRST = 10;

/**
 * Runs of PyTorch: the first is compared with this tool's, the others with the first, which shows what rounding does.
 */
const PEER_RUNS = ['float32', 'float64', 'disturbed1', 'disturbed2'] as const;
/** How much further than that a case may stray from PyTorch once it is beyond a limit. */
const ROUNDING_MARGIN = 3;

interface PeerOutput {
  readonly losses: Readonly<Record<string, Readonly<Record<(typeof PEER_RUNS)[number], readonly number[]>>>>;
  readonly versions: Readonly<Record<string, string>>;
}

interface Comparison {
  readonly firstLosses: number;
  readonly losses: number;
  readonly state: Partial<Record<Part, Difference>>;
  readonly shareOfWay: number;
}

const USAGE = `Use: npm run bench -- trajectory [--only byol,moco-v2/lars] [--steps 50]

Trains every method with every optimizer here and in PyTorch + lightly, from the same weights on the same views in float32, and
compares losses and states. Beneath stands what rounding alone makes of PyTorch: its float32 against its float64 and against itself from
weights disturbed by 1e-7. A case beyond a limit passes as "rounding" when PyTorch strays from itself at least a third as far.
CL_PEER_PYTHON names a Python with PyTorch and lightly; otherwise one is set up.`;

function readOptions() {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', default: '' },
      steps: { type: 'string', default: '50' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    process.exit();
  }
  const steps = Number(values.steps);
  const cases = selectCases(values.only.split(',').filter(Boolean));
  if (!Number.isInteger(steps) || steps <= NETWORK.warmupSteps || cases.length === 0) {
    console.error(`Expected more than ${NETWORK.warmupSteps} steps and names of cases.\n\n${USAGE}`);
    process.exit(2);
  }
  return { steps, cases, complete: values.only === '' && steps === 50 };
}

/** The method's random inputs of all steps as one tensor each, [steps, ...]. */
function stackInputs({ inputs }: OwnRun) {
  return Object.fromEntries(
    Object.entries(inputs[0] ?? {}).map(([name, { shape }]) => {
      const values = inputs.flatMap((each) => [...(each[name]?.data ?? [])]);
      return [`inputs.${name}`, int32(values, [inputs.length, ...shape])];
    }),
  );
}

interface Trained {
  readonly losses: readonly number[];
  readonly state: OwnRun['final'];
}

function compare(a: Trained, b: Trained, initial: OwnRun['initial']): Comparison {
  return {
    firstLosses: compareLosses(a.losses, b.losses, FIRST),
    losses: compareLosses(a.losses, b.losses, b.losses.length),
    state: compareStates(a.state, b.state),
    shareOfWay: shareOfWay(a.state, b.state, initial),
  };
}

const worstOf = (state: Comparison['state']): number =>
  Math.max(...Object.values(state).map(({ value }) => (Number.isNaN(value) ? Number.POSITIVE_INFINITY : value)));

/** Whether a case keeps the limits, or leaves them no further than rounding makes PyTorch leave itself. */
function judge(here: Comparison, rounding: readonly Comparison[]): 'ok' | 'rounding' | 'BEYOND' {
  const isWithin = (limits: Record<keyof typeof LIMITS, number>): boolean =>
    here.firstLosses <= limits.firstLosses && here.losses <= limits.losses && worstOf(here.state) <= limits.state;
  if (isWithin(LIMITS)) return 'ok';
  const widened = (limit: number, of: (each: Comparison) => number): number =>
    Math.max(limit, ROUNDING_MARGIN * Math.max(...rounding.map(of)));
  const isRounding = isWithin({
    firstLosses: widened(LIMITS.firstLosses, ({ firstLosses }) => firstLosses),
    losses: widened(LIMITS.losses, ({ losses }) => losses),
    state: widened(LIMITS.state, ({ state }) => worstOf(state)),
  });
  return isRounding ? 'rounding' : 'BEYOND';
}

async function runAll(folder: string, cases: readonly Case[], steps: number) {
  const views = await makeStepViews(steps, NETWORK.batch, NETWORK.size);
  const viewsFile = join(folder, 'views.safetensors');
  await writeSafetensors(viewsFile, { views });
  const own: OwnRun[] = [];
  const jobs: (Case & { initial: string; finals: Record<string, string> })[] = [];
  for (const [i, each] of cases.entries()) {
    console.error(`here: ${each.name}`);
    const run = await runProduct(each, views, steps);
    const file = (kind: string): string => join(folder, `${i}-${kind}.safetensors`);
    await writeSafetensors(file('initial'), { ...run.initial, ...stackInputs(run) });
    own.push(run);
    const finals = Object.fromEntries(PEER_RUNS.map((name) => [name, file(name)]));
    jobs.push({ ...each, initial: file('initial'), finals });
  }
  const jobFile = join(folder, 'jobs.json');
  writeFileSync(jobFile, JSON.stringify({ ...NETWORK, steps, views: viewsFile, cases: jobs }));
  const python = await ensurePeerPython();
  // Threads that spin would only wait for each other on networks this small.
  const env = { ...process.env, OMP_NUM_THREADS: '1' };
  const text = await capture(python, [join('bench', 'trajectory-peer.py'), jobFile], { env });
  const peer: PeerOutput = JSON.parse(text.trim().split('\n').at(-1) ?? '');
  const compared = [];
  for (const [i, { name, finals }] of jobs.entries()) {
    const { initial, losses, final } = own[i] as OwnRun;
    const theirs: Trained[] = [];
    for (const run of PEER_RUNS) {
      const { tensors } = await readSafetensors(finals[run] as string);
      theirs.push({ losses: peer.losses[name]?.[run] ?? [], state: tensors });
    }
    const [first, ...others] = theirs as [Trained, ...Trained[]];
    const here = compare({ losses, state: final }, first, initial);
    const rounding = others.map((other) => compare(other, first, initial));
    const verdict = judge(here, rounding);
    compared.push({ name, lossFrom: losses[0], lossTo: losses.at(-1), here, rounding, verdict });
  }
  return { compared, versions: { ...peer.versions, tensorflow: tensorflowVersion() } };
}

const { steps, cases, complete } = readOptions();
const folder = mkdtempSync(join(os.tmpdir(), 'cl-trajectory-'));
const { compared, versions } = await runAll(folder, cases, steps).finally(() => {
  rmSync(folder, { recursive: true, force: true });
});

const short = (value: number | undefined): string => (value === undefined ? '' : value.toExponential(1));
const cells = ({ firstLosses, losses, state, shareOfWay: way }: Comparison): string[] => [
  short(firstLosses),
  short(losses),
  ...(['network', 'target', 'statistics', 'queue'] as const).map((part) => short(state[part]?.value)),
  short(way),
];
/** The run of PyTorch that strays furthest. */
const furthest = (rounding: readonly Comparison[]): Comparison =>
  rounding.reduce((a, b) => (worstOf(b.state) > worstOf(a.state) ? b : a));
console.log(
  formatTable(
    ['', 'loss', `${FIRST} losses`, `${steps} losses`, 'weights', 'target', 'BN stat.', 'queue', 'of way', ''],
    compared.flatMap(({ name, lossFrom, lossTo, here, rounding, verdict }) => [
      [name, `${lossFrom?.toFixed(2)} > ${lossTo?.toFixed(2)}`, ...cells(here), verdict],
      ['  PyTorch, rounding', '', ...cells(furthest(rounding)), ''],
    ]),
  ),
);
const beyond = compared.filter(({ verdict }) => verdict === 'BEYOND').map(({ name }) => name);
const roundingAlone = compared.filter(({ verdict }) => verdict === 'rounding').map(({ name }) => name);
const largest = (of: (comparison: Comparison) => number): number => Math.max(...compared.map(({ here }) => of(here)));
const summary = {
  bench: 'trajectory',
  cases: compared.length,
  steps,
  within: beyond.length === 0,
  beyond,
  roundingAlone,
  limits: LIMITS,
  largest: {
    firstLosses: largest(({ firstLosses }) => firstLosses),
    losses: largest(({ losses }) => losses),
    state: largest(({ state }) => worstOf(state)),
  },
  versions,
};
if (complete) {
  const result = { ...summary, measured: describeMachine(), network: NETWORK, results: compared };
  writeResults('trajectory', result);
}
console.log(JSON.stringify(summary));
if (beyond.length > 0) process.exitCode = 1;
