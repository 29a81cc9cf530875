import { join } from 'node:path';
import { capture } from './lib/capture.ts';
import { heldTo } from './lib/held-to.ts';
import { describeMachine } from './lib/machine.ts';
import { ensurePeerPython, PEER_ENVIRONMENT } from './lib/peer.ts';
import { readResults, renewResults, writeResults } from './lib/results.ts';
import { type Combination, readOptions } from './lib/step-options.ts';
import { formatTable } from './lib/table.ts';

const VARIANTS = ['here', 'eager', 'compile'] as const;
type Variant = (typeof VARIANTS)[number];

/** First losses differ by their random weights and images alone. */
const FIRST_LOSS_MARGIN = 0.3;

interface Timing {
  readonly seconds: readonly number[];
  readonly losses: readonly number[];
  readonly parameters: number;
  readonly peakBytes: number;
  readonly version?: string;
}

interface Result {
  readonly variant: Variant;
  readonly medianViewsPerSecond: number;
  readonly bestViewsPerSecond: number;
  readonly peakBytes: number;
}

const { combinations, rounds, isa } = readOptions();
const environment = heldTo(isa);
// No loader beside the step: OpenMP's own spinning is best.
const { GOMP_SPINCOUNT: _, ...peerEnvironment } = PEER_ENVIRONMENT;
const python = await ensurePeerPython();

async function time({ method, size, precision }: Combination, variant: Variant): Promise<Timing> {
  const settings = [method, ...[size.width, size.views, size.steps].map(String), precision];
  const text =
    variant === 'here'
      ? await capture(process.execPath, [join('bench', 'lib', 'step-product.mjs'), ...settings], { env: environment })
      : await capture(python, [join('bench', 'step-peer.py'), ...settings, variant], {
          env: { ...environment, ...peerEnvironment },
        });
  return JSON.parse(text.trim().split('\n').at(-1) ?? '') as Timing;
}

/** Both sides must do the same work, and learn. */
function check(label: string, { method }: Combination, timing: Timing, here: Timing | undefined): void {
  const [first = Number.NaN] = timing.losses;
  const last = timing.losses.at(-1) ?? Number.NaN;
  // MoCo's loss rises while keys of the network replace random ones.
  if (method === 'moco' ? !(last > first) : !(last < first))
    throw new Error(`${label}: expected the loss to ${method === 'moco' ? 'rise' : 'fall'}, got ${first} -> ${last}.`);
  if (!here) return;
  const expected = here.losses[0] ?? Number.NaN;
  if (!(Math.abs(first - expected) < FIRST_LOSS_MARGIN))
    throw new Error(`${label}: expected a first loss near ${expected}, got ${first}.`);
  if (here.parameters !== timing.parameters)
    throw new Error(`${label}: expected ${here.parameters} parameters, got ${timing.parameters}.`);
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
const round = (value: number): number => Number(value.toFixed(3));
const titleOf = ({ method, size, precision }: Combination): string =>
  `${method}, width ${size.width}, ${size.views} views, ${precision}${isa ? `, ${isa}` : ''}`;

let torch = '';

/** Times a combination in rounds of one process each, so that a disturbance meets all of them. */
async function measure(combination: Combination): Promise<Result[]> {
  const { views } = combination.size;
  const timings: Record<Variant, Timing[]> = { here: [], eager: [], compile: [] };
  for (let number = 1; number <= rounds; number++) {
    for (const variant of VARIANTS) {
      const label = `${titleOf(combination)}, ${variant === 'here' ? 'here' : `PyTorch ${variant}`}`;
      console.error(`round ${number} of ${rounds}: ${label}`);
      const timing = await time(combination, variant);
      check(label, combination, timing, timings.here[0]);
      timings[variant].push(timing);
      torch = timing.version ?? torch;
    }
  }
  return VARIANTS.map((variant) => ({
    variant,
    // The best round's median: other programs disturb a round, never help it.
    medianViewsPerSecond: views / Math.min(...timings[variant].map(({ seconds }) => median(seconds))),
    bestViewsPerSecond: views / Math.min(...timings[variant].flatMap(({ seconds }) => seconds)),
    peakBytes: Math.max(...timings[variant].map(({ peakBytes }) => peakBytes)),
  }));
}

function compare({ method, size, precision }: Combination, results: readonly Result[]) {
  const here = results.find(({ variant }) => variant === 'here') as Result;
  const peers = results.filter(({ variant }) => variant !== 'here');
  const fastest = peers.reduce((a, b) => (b.medianViewsPerSecond > a.medianViewsPerSecond ? b : a));
  return {
    method,
    width: size.width,
    views: size.views,
    precision,
    /** What both sides were held to; null: the machine as it is. */
    isa: isa ?? null,
    fastestPeer: fastest.variant,
    ratio: round(here.medianViewsPerSecond / fastest.medianViewsPerSecond),
    ratioOfBest: round(here.bestViewsPerSecond / Math.max(...peers.map((peer) => peer.bestViewsPerSecond))),
    memoryRatio: round(here.peakBytes / Math.min(...peers.map((peer) => peer.peakBytes))),
  };
}

/** What is measured of one combination, as it is kept. */
interface Measured {
  readonly comparison: ReturnType<typeof compare>;
  readonly results: readonly Result[];
  readonly measured: ReturnType<typeof describeMachine> & { readonly torch: string; readonly rounds: number };
}

const keyOf = ({ comparison: { method, width, precision, isa: held } }: Measured): string =>
  [method, width, precision, ...(held ? [held] : [])].join('/');

/** Puts the combinations of this run in the place of their older measurements; others stay. */
function keep(measured: readonly Measured[]): void {
  const { steps: kept = [] } = readResults<{ steps: readonly Measured[] }>('step');
  const steps = renewResults(kept, measured, keyOf).toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  writeResults('step', { bench: 'step', peerEnvironment, steps });
}

const measured: Measured[] = [];
for (const combination of combinations) {
  const results = await measure(combination);
  const comparison = compare(combination, results);
  measured.push({ comparison, results, measured: { ...describeMachine(environment), torch, rounds } });
  // At once: an hour of measurements should survive a failure.
  keep(measured);
}

console.log(
  formatTable(
    ['step', 'views/s, median', 'best', 'peak memory MiB'],
    combinations.flatMap((combination, i) =>
      (measured[i]?.results ?? []).map(({ variant, medianViewsPerSecond, bestViewsPerSecond, peakBytes }) => [
        `${titleOf(combination)}, ${variant === 'here' ? 'here' : `PyTorch ${variant}`}`,
        medianViewsPerSecond.toFixed(1),
        bestViewsPerSecond.toFixed(1),
        (peakBytes / 2 ** 20).toFixed(0),
      ]),
    ),
  ),
);
const comparisons = measured.map(({ comparison }) => comparison);
console.log();
console.log(
  formatTable(
    ['here / fastest PyTorch', 'median', 'best', 'memory / least'],
    comparisons.map((each) => [
      `${each.method}, width ${each.width}, ${each.precision} (${each.fastestPeer})`,
      each.ratio.toFixed(3),
      each.ratioOfBest.toFixed(3),
      each.memoryRatio.toFixed(3),
    ]),
  ),
);
console.log(JSON.stringify({ bench: 'step', torch, rounds, isa: isa ?? null, comparisons }));
