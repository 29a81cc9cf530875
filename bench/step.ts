import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { capture } from './lib/capture.ts';
import { describeMachine } from './lib/machine.ts';
import { ensurePeerPython, PEER_ENVIRONMENT } from './lib/peer.ts';
import { formatTable } from './lib/table.ts';

/** What is timed: the CIFAR ResNet-18 SimCLR step at two sizes. */
const SIZES = [
  { width: 64, views: 128, steps: 6 },
  { width: 16, views: 512, steps: 8 },
] as const;
const PRECISIONS = ['float32', 'bfloat16'] as const;
const VARIANTS = ['here', 'eager', 'compile'] as const;

type Size = (typeof SIZES)[number];
type Precision = (typeof PRECISIONS)[number];
type Variant = (typeof VARIANTS)[number];

interface Timing {
  readonly seconds: readonly number[];
  readonly losses: readonly number[];
  readonly parameters: number;
  readonly peakBytes: number;
  readonly version?: string;
}

interface Result {
  readonly size: Size;
  readonly precision: Precision;
  readonly variant: Variant;
  readonly bestViewsPerSecond: number;
  readonly medianViewsPerSecond: number;
  readonly peakBytes: number;
}

const { values: options } = parseArgs({
  options: { rounds: { type: 'string', default: '3' }, help: { type: 'boolean', default: false } },
});
if (options.help) {
  console.log(`Use: npm run bench -- step [--rounds 3]

Times the SimCLR step beside PyTorch (eager and compiled, channels_last, its allocator tuned), one process after the other in every
round. Close other programs first. CL_PEER_PYTHON names a Python with PyTorch; otherwise one is set up.`);
  process.exit();
}
const rounds = Number(options.rounds);
if (!Number.isInteger(rounds) || rounds < 1)
  throw new Error(`--rounds: expected a whole number, got ${options.rounds}`);

// No loader beside the step: OpenMP's own spinning is best.
const { GOMP_SPINCOUNT: _, ...peerEnvironment } = PEER_ENVIRONMENT;
const python = await ensurePeerPython();

async function time({ width, views, steps }: Size, precision: Precision, variant: Variant): Promise<Timing> {
  const numbers = [width, views, steps].map(String);
  const text =
    variant === 'here'
      ? await capture(process.execPath, [join('bench', 'lib', 'step-product.mjs'), ...numbers, precision])
      : await capture(python, [join('bench', 'step-peer.py'), ...numbers, precision, variant], {
          env: { ...process.env, ...peerEnvironment },
        });
  return JSON.parse(text.trim().split('\n').at(-1) ?? '') as Timing;
}

/** Both sides must do the same work, and learn. */
function check(label: string, timing: Timing, parameters: number | undefined): void {
  const [first = Number.NaN] = timing.losses;
  const last = timing.losses.at(-1) ?? Number.NaN;
  if (!(last < first)) throw new Error(`${label}: expected the loss to fall, got ${first} -> ${last}.`);
  if (parameters !== undefined && parameters !== timing.parameters) {
    throw new Error(`${label}: expected ${parameters} parameters, got ${timing.parameters}.`);
  }
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

const results: Result[] = [];
let torch = '';
for (const size of SIZES) {
  for (const precision of PRECISIONS) {
    const timings: Record<Variant, Timing[]> = { here: [], eager: [], compile: [] };
    for (let round = 1; round <= rounds; round++) {
      for (const variant of VARIANTS) {
        const label = `width ${size.width}, ${precision}, ${variant === 'here' ? 'here' : `PyTorch ${variant}`}`;
        console.error(`round ${round} of ${rounds}: ${label}`);
        const timing = await time(size, precision, variant);
        check(label, timing, timings.here[0]?.parameters);
        timings[variant].push(timing);
        torch = timing.version ?? torch;
      }
    }
    for (const variant of VARIANTS) {
      const seconds = timings[variant].flatMap((timing) => timing.seconds);
      results.push({
        size,
        precision,
        variant,
        bestViewsPerSecond: size.views / Math.min(...seconds),
        // The best round's median: other programs disturb a round, never help it.
        medianViewsPerSecond: size.views / Math.min(...timings[variant].map((timing) => median(timing.seconds))),
        peakBytes: Math.max(...timings[variant].map((timing) => timing.peakBytes)),
      });
    }
  }
}

const comparisons = SIZES.flatMap((size) =>
  PRECISIONS.map((precision) => {
    const of = results.filter((result) => result.size === size && result.precision === precision);
    const here = of.find(({ variant }) => variant === 'here') as Result;
    const peers = of.filter(({ variant }) => variant !== 'here');
    const fastest = peers.reduce((a, b) => (b.medianViewsPerSecond > a.medianViewsPerSecond ? b : a));
    return {
      width: size.width,
      views: size.views,
      precision,
      fastestPeer: fastest.variant,
      ratio: round(here.medianViewsPerSecond / fastest.medianViewsPerSecond),
      ratioOfBest: round(here.bestViewsPerSecond / Math.max(...peers.map((peer) => peer.bestViewsPerSecond))),
      memoryRatio: round(here.peakBytes / Math.min(...peers.map((peer) => peer.peakBytes))),
    };
  }),
);

function round(value: number): number {
  return Number(value.toFixed(3));
}

console.log(
  formatTable(
    ['step', 'views/s, median', 'best', 'peak memory MiB'],
    results.map(({ size, precision, variant, medianViewsPerSecond, bestViewsPerSecond, peakBytes }) => [
      `width ${size.width}, ${size.views} views, ${precision}, ${variant === 'here' ? 'here' : `PyTorch ${variant}`}`,
      medianViewsPerSecond.toFixed(1),
      bestViewsPerSecond.toFixed(1),
      (peakBytes / 2 ** 20).toFixed(0),
    ]),
  ),
);
console.log();
console.log(
  formatTable(
    ['here / fastest PyTorch', 'median', 'best', 'memory / least'],
    comparisons.map((each) => [
      `width ${each.width}, ${each.precision} (${each.fastestPeer})`,
      each.ratio.toFixed(3),
      each.ratioOfBest.toFixed(3),
      each.memoryRatio.toFixed(3),
    ]),
  ),
);
const summary = { bench: 'step', method: 'simclr', torch, rounds, comparisons };
mkdirSync(join('bench', 'results'), { recursive: true });
const file = { ...summary, measured: describeMachine(), peerEnvironment, results };
writeFileSync(join('bench', 'results', 'step.json'), `${JSON.stringify(file, undefined, 2)}\n`);
console.log(JSON.stringify(summary));
