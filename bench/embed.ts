import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { capture } from './lib/capture.ts';
import { capturePeak } from './lib/capture-peak.ts';
import { givenPath, layPhotos } from './lib/data-sets.ts';
import { layArray, layRun, resizeFor } from './lib/embed-sets.ts';
import { HELD_TO, heldTo } from './lib/held-to.ts';
import { describeMachine } from './lib/machine.ts';
import { ensurePeerPython, PEER_ENVIRONMENT } from './lib/peer.ts';
import { readResults, renewResults, writeResults } from './lib/results.ts';
import { formatTable } from './lib/table.ts';

const USAGE = `Use: CL_IMAGENET=FILE.tar CL_CIFAR10=FOLDER npm run bench -- embed [--rounds 3] [--only speed|rows] [--size 32|224] [--isa avx2] [--rows 200000]

Times cl-embed beside a PyTorch DataLoader and model.eval() on the same cores, image files to features: ResNet-50 at 224 pixels
and ResNet-18 at 32 with either stem, in float32 and bfloat16; then writes a large table, to compare memory. CL_IMAGENET names
a folder or tar of ImageNet photos, CL_CIFAR10 a folder with train/CLASS/*.jpg and test/CLASS/*.jpg. Close other programs first. CL_PEER_PYTHON names a Python with
torchvision; otherwise one is set up.`;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    rows: { type: 'string', default: '200000' },
    only: { type: 'string' },
    size: { type: 'string' },
    isa: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
const [rounds, rows] = [Number(values.rounds), Number(values.rows)];
const isa = HELD_TO.find((each) => each === values.isa);
const sizes = [32, 224].filter((size) => values.size === undefined || values.size === String(size));
const isKnown =
  [undefined, 'speed', 'rows'].includes(values.only) &&
  sizes.length > 0 &&
  (values.isa === undefined || isa !== undefined);
if (values.help || !(rounds >= 1) || !(rows >= 1000) || !isKnown) {
  console.error(USAGE);
  process.exit(values.help ? 0 : 2);
}

/** Images, and the network that they go through on both sides. */
interface Case {
  readonly model: 'resnet18' | 'resnet50';
  readonly stem: 'imagenet' | 'cifar';
  readonly size: 32 | 224;
  readonly batch: number;
  /** Class folders. */
  readonly folder: string;
}

/** One pass over the images of a case. */
interface Pass {
  readonly rows: number;
  readonly width: number;
  readonly seconds: number;
  readonly peakBytes: number;
  readonly version?: string;
}

const LARGE = { model: 'resnet50', stem: 'imagenet', size: 224, batch: 64 } as const;
const SMALL = { model: 'resnet18', size: 32, batch: 256 } as const;

const VARIANTS = ['here', 'pil', 'v2'] as const;
const PRECISIONS = ['float32', 'bfloat16'] as const;
type Variant = (typeof VARIANTS)[number];
type Precision = (typeof PRECISIONS)[number];

const environment = heldTo(isa);
const scratch = mkdtempSync(join(tmpdir(), 'cl-bench-embed-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));
const RESULTS = isa === undefined ? 'embed' : `embed-${isa}`;
const INTERPOLATION = 'bilinear';

function settingsOf({ model, stem, size }: Case, precision: Precision): string[] {
  return [
    ...[`backbone.name=${model}`, `backbone.stem=${stem}`, `views.size=${size}`, 'views.normalize=imagenet'],
    ...[`views.crop.interpolation=${INTERPOLATION}`, `precision=${precision}`],
  ];
}

async function passHere(each: Case, precision: Precision): Promise<Pass> {
  const run = await layRun(
    join(scratch, `${each.model}-${each.stem}-${each.size}-${precision}`),
    settingsOf(each, precision),
  );
  const args = ['--run', run, '--data', each.folder, '--output', join(scratch, 'features.npy'), '--overwrite'];
  const { text, peakBytes } = await capturePeak(
    process.execPath,
    [join('bin', 'cl-embed.js'), ...args, '--json', '--quiet'],
    environment,
  );
  return { ...(JSON.parse(text) as Pass), peakBytes };
}

async function passThere(each: Case, precision: Precision, variant: Variant, python: string): Promise<Pass> {
  const { model, stem, size, batch, folder } = each;
  const args = [folder, model, stem, size, resizeFor(size), INTERPOLATION, batch, precision, variant].map(String);
  // Processes of the loader compute beside: OpenMP must not spin.
  const { GOMP_SPINCOUNT: _, ...tuned } = PEER_ENVIRONMENT;
  const text = await capture(python, [join('bench', 'embed-peer.py'), ...args], { env: { ...environment, ...tuned } });
  return JSON.parse(text) as Pass;
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const at = (index: number): number => sorted[Math.floor(index)] ?? Number.NaN;
  return (at((sorted.length - 1) / 2) + at(sorted.length / 2)) / 2;
}

const round = (value: number): number => Number(value.toPrecision(4));

/** Passes in rounds, so that a disturbance meets all; the medians of the rates and of their ratios count. */
async function measure(each: Case, precision: Precision, python: string) {
  const stem = each.stem === 'cifar' ? ', CIFAR stem' : '';
  const title = `${each.model}${stem}, ${each.size} px, ${precision}`;
  const passes: Record<Variant, Pass[]> = { here: [], pil: [], v2: [] };
  for (let number = 1; number <= rounds; number++) {
    for (const variant of VARIANTS) {
      console.error(
        `round ${number} of ${rounds}: ${title}, ${variant === 'here' ? 'cl-embed' : `PyTorch (${variant})`}`,
      );
      const pass =
        variant === 'here' ? await passHere(each, precision) : await passThere(each, precision, variant, python);
      passes[variant].push(pass);
      const [first] = passes.here;
      if (first?.rows !== pass.rows || first.width !== pass.width)
        throw new Error(`${title}: ${variant} has other rows.`);
    }
  }
  const rates = (variant: Variant) => passes[variant].map(({ rows: count, seconds }) => count / seconds);
  const rateOf = (variant: Variant): number => median(rates(variant));
  const peer = rateOf('v2') > rateOf('pil') ? 'v2' : 'pil';
  const peak = (variant: Variant): number => Math.max(...passes[variant].map(({ peakBytes }) => peakBytes));
  return {
    ...{ title, model: each.model, stem: each.stem, size: each.size, precision, images: passes.here[0]?.rows, rounds },
    imagesPerSecond: { here: round(rateOf('here')), pil: round(rateOf('pil')), v2: round(rateOf('v2')) },
    fastestPeer: peer,
    ratio: round(median(rates('here').map((rate, i) => rate / (rates(peer)[i] as number)))),
    peakBytes: { here: peak('here'), peer: peak(peer) },
    peer: passes[peer][0]?.version,
  };
}

/** A table of few rows and one of many, whose memory should be alike. */
async function measureRows() {
  const size = 16;
  const settings = ['backbone.name=resnet18', 'backbone.stem=cifar', `views.size=${size}`, 'precision=bfloat16'];
  const run = await layRun(join(scratch, 'rows'), settings);
  const found: { rows: number; width: number; seconds: number; peakBytes: number; bytes: number }[] = [];
  for (const count of [Math.round(rows / 10), rows]) {
    console.error(`${count} rows to Parquet`);
    const data = layArray(join(scratch, `images-${count}.npy`), count, size);
    const output = join(scratch, `rows-${count}.parquet`);
    const { text, peakBytes } = await capturePeak(
      process.execPath,
      [join('bin', 'cl-embed.js'), '--run', run, '--data', data, '--output', output, '--json', '--quiet'],
      environment,
    );
    const { rows: made, width, seconds, bytes } = JSON.parse(text) as (typeof found)[number];
    found.push({ rows: made, width, seconds: round(seconds), bytes, peakBytes });
    rmSync(data);
    rmSync(output);
  }
  return found;
}

type Result = Awaited<ReturnType<typeof measure>>;

/** What is kept: each result with the machine and the commit that it was measured on. */
interface Kept {
  readonly speed?: readonly (Result & { readonly measured: ReturnType<typeof describeMachine> })[] | undefined;
  readonly rows?: object | undefined;
}

/** Changes what is kept, at once after each measurement: half an hour of them should survive a failure. */
function keep(change: (kept: Kept) => Kept): void {
  const kept = readResults<Kept>(RESULTS);
  writeResults(RESULTS, { bench: 'embed', ...kept, ...change(kept) });
}

const MIB = 2 ** 20;
if (values.only !== 'rows') {
  const photos = sizes.includes(224) ? givenPath('CL_IMAGENET', 'ResNet-50 at 224 px') : undefined;
  const cifar = sizes.includes(32) ? givenPath('CL_CIFAR10', 'ResNet-18 at 32 px') : undefined;
  const cases: Case[] = [
    ...(photos ? [{ ...LARGE, folder: layPhotos(photos, scratch) }] : []),
    // Of 32 x 32 pixels the ImageNet stem leaves 8 x 8: the data take most of the time, so more of them.
    ...(cifar ? [{ ...SMALL, stem: 'imagenet', folder: join(cifar, 'train') } as const] : []),
    ...(cifar ? [{ ...SMALL, stem: 'cifar', folder: join(cifar, 'test') } as const] : []),
  ];
  const python = cases.length === 0 ? '' : await ensurePeerPython();
  const results: Result[] = [];
  for (const each of cases) {
    for (const precision of PRECISIONS) {
      const result = await measure(each, precision, python);
      results.push(result);
      const measured = describeMachine(environment);
      keep(({ speed = [] }) => ({
        speed: renewResults(speed, [{ ...result, measured }], ({ title }) => title),
      }));
    }
  }
  console.log(
    formatTable(
      ['images/s', 'cl-embed', 'PyTorch (pil)', 'PyTorch (v2)', 'ratio', 'MiB here', 'MiB PyTorch'],
      results.map(({ title, imagesPerSecond: { here, pil, v2 }, ratio, peakBytes }) => [
        title,
        ...[here, pil, v2].map((rate) => rate.toFixed(0)),
        ratio.toFixed(2),
        ...[peakBytes.here, peakBytes.peer].map((bytes) => (bytes / MIB).toFixed(0)),
      ]),
    ),
  );
}
if (values.only !== 'speed') {
  const tables = await measureRows();
  keep(() => ({ rows: { measured: describeMachine(environment), tables } }));
  console.log(
    formatTable(
      ['table', 'seconds', 'MiB of file', 'peak MiB'],
      tables.map(({ rows: count, width, seconds, bytes, peakBytes }) => [
        `${count} x ${width}, Parquet`,
        seconds.toFixed(0),
        (bytes / MIB).toFixed(0),
        (peakBytes / MIB).toFixed(0),
      ]),
    ),
  );
}
