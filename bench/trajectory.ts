import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
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
import { formatTable } from './lib/table.ts';
import { type Case, NETWORK, selectCases } from './lib/trajectory-cases.ts';
import { type OwnRun, runProduct } from './lib/trajectory-product.ts';
import { makeStepViews } from './lib/trajectory-views.ts';

/** Largest differences that count as the same training: relative, of losses and of the state at the end. */
const LIMITS = { firstLosses: 1e-4, losses: 1e-2, state: 1e-3 } as const;
const FIRST = 10;

interface PeerOutput {
  readonly losses: Readonly<Record<string, Readonly<Record<'float32' | 'float64', readonly number[]>>>>;
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
compares losses and states. Beside it stands what rounding alone makes of PyTorch: its float32 against its float64.
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

async function runAll(folder: string, cases: readonly Case[], steps: number) {
  const views = await makeStepViews(steps, NETWORK.batch, NETWORK.size);
  const viewsFile = join(folder, 'views.safetensors');
  await writeSafetensors(viewsFile, { views });
  const own: OwnRun[] = [];
  const jobs: (Case & Record<'initial' | 'float32' | 'float64', string>)[] = [];
  for (const [i, each] of cases.entries()) {
    console.error(`here: ${each.name}`);
    const run = await runProduct(each, views, steps);
    const file = (kind: string): string => join(folder, `${i}-${kind}.safetensors`);
    await writeSafetensors(file('initial'), { ...run.initial, ...stackInputs(run) });
    own.push(run);
    jobs.push({ ...each, initial: file('initial'), float32: file('float32'), float64: file('float64') });
  }
  const jobFile = join(folder, 'jobs.json');
  writeFileSync(jobFile, JSON.stringify({ ...NETWORK, steps, views: viewsFile, cases: jobs }));
  const python = await ensurePeerPython();
  // Threads that spin would only wait for each other on networks this small.
  const env = { ...process.env, OMP_NUM_THREADS: '1' };
  const text = await capture(python, [join('bench', 'trajectory-peer.py'), jobFile], { env });
  const peer: PeerOutput = JSON.parse(text.trim().split('\n').at(-1) ?? '');
  const compared = [];
  for (const [i, { name, float32, float64 }] of jobs.entries()) {
    const { initial, losses, final } = own[i] as OwnRun;
    const [single, double] = [await readSafetensors(float32), await readSafetensors(float64)];
    const theirs = peer.losses[name] as PeerOutput['losses'][string];
    const compare = (a: { losses: readonly number[]; state: OwnRun['final'] }, b: typeof a): Comparison => ({
      firstLosses: compareLosses(a.losses, b.losses, FIRST),
      losses: compareLosses(a.losses, b.losses, steps),
      state: compareStates(a.state, b.state),
      shareOfWay: shareOfWay(a.state, b.state, initial),
    });
    const peer32 = { losses: theirs.float32, state: single.tensors };
    const here = compare({ losses, state: final }, peer32);
    const rounding = compare(peer32, { losses: theirs.float64, state: double.tensors });
    compared.push({ name, lossFrom: losses[0], lossTo: losses.at(-1), here, rounding, within: isWithin(here) });
  }
  return { compared, versions: { ...peer.versions, tensorflow: tensorflowVersion() } };
}

const worstOf = (state: Comparison['state']): number =>
  Math.max(...Object.values(state).map(({ value }) => (Number.isNaN(value) ? Number.POSITIVE_INFINITY : value)));

function isWithin({ firstLosses, losses, state }: Comparison): boolean {
  return firstLosses <= LIMITS.firstLosses && losses <= LIMITS.losses && worstOf(state) <= LIMITS.state;
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
console.log(
  formatTable(
    ['', 'loss', `${FIRST} losses`, `${steps} losses`, 'weights', 'target', 'BN stat.', 'queue', 'of way', ''],
    compared.flatMap(({ name, lossFrom, lossTo, here, rounding, within }) => [
      [name, `${lossFrom?.toFixed(2)} > ${lossTo?.toFixed(2)}`, ...cells(here), within ? 'ok' : 'BEYOND'],
      ['  float32 / float64', '', ...cells(rounding), ''],
    ]),
  ),
);
const within = compared.every((each) => each.within);
const largest = (of: (comparison: Comparison) => number): number => Math.max(...compared.map(({ here }) => of(here)));
const summary = {
  bench: 'trajectory',
  cases: compared.length,
  steps,
  within,
  limits: LIMITS,
  largest: {
    firstLosses: largest(({ firstLosses }) => firstLosses),
    losses: largest(({ losses }) => losses),
    state: largest(({ state }) => worstOf(state)),
  },
  versions,
};
if (complete) {
  mkdirSync(join('bench', 'results'), { recursive: true });
  const result = { ...summary, measured: describeMachine(), network: NETWORK, results: compared };
  writeFileSync(join('bench', 'results', 'trajectory.json'), `${JSON.stringify(result, undefined, 2)}\n`);
}
console.log(JSON.stringify(summary));
if (!within) process.exitCode = 1;
