import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { capture } from './lib/capture.ts';
import { givenPath, layPhotos, packPhotos, unpackShards } from './lib/data-sets.ts';
import { describeMachine } from './lib/machine.ts';
import { ensurePeerPython, PEER_ENVIRONMENT } from './lib/peer.ts';
import { keepParts } from './lib/results.ts';
import { formatTable } from './lib/table.ts';

const USAGE = `Use: CL_IMAGENET=FILE.tar CL_CIFAR10=FOLDER npm run bench -- data [--rounds 3] [--seconds 10] [--only images|training]

Times SimCLR's two views of each image beside torchvision's, with a PyTorch DataLoader on the same cores. CL_IMAGENET names a folder
or tar of ImageNet photos, CL_CIFAR10 a folder with train/CLASS/*.jpg. Close other programs first. CL_PEER_PYTHON names a Python
with torchvision; otherwise one is set up.`;

/** A way to read images, here and in PyTorch. */
interface Case {
  readonly name: string;
  /** What is read here. */
  readonly path: string;
  /** Class folders that PyTorch reads, each with what they are. */
  readonly peers: readonly (readonly [what: string, folder: string])[];
  readonly size: number;
  readonly batchSize: number;
}

/** What `cl-data bench --json` tells of it. */
interface Here {
  readonly storage: string;
  readonly rates: Readonly<Record<'host' | 'views' | 'whole', number>>;
}

/** The transforms of bench/data-peer.py: on PIL images, and on tensors. */
const VARIANTS = ['pil', 'v2'] as const;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '10' },
    only: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
const [rounds, seconds] = [Number(values.rounds), Number(values.seconds)];
const isPart = [undefined, 'images', 'training'].includes(values.only);
if (values.help || !(rounds >= 1) || !(seconds > 0) || !isPart) {
  console.error(USAGE);
  process.exit(values.help ? 0 : 2);
}

const python = await ensurePeerPython();
const scratch = mkdtempSync(join(tmpdir(), 'cl-bench-data-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));

async function photoCases(source: string): Promise<Case[]> {
  const photos = layPhotos(source, scratch);
  const [jpeg, raw] = [await packPhotos(photos, scratch, 'jpeg'), await packPhotos(photos, scratch, 'raw')];
  const unpacked = unpackShards(jpeg, scratch);
  const common = { size: 224, batchSize: 64 };
  const original = ['original files', photos] as const;
  return [
    { ...common, name: '224 px, ImageNet JPEG files', path: photos, peers: [original] },
    {
      ...common,
      ...{ name: '224 px, packed at 256 px (JPEG)', path: jpeg },
      peers: [original, ['the packed files', unpacked]],
    },
    {
      ...common,
      ...{ name: '224 px, packed at 256 px (raw)', path: raw },
      peers: [original, ['the packed files (JPEG)', unpacked]],
    },
  ];
}

async function timeHere({ path, size, batchSize }: Case): Promise<Here> {
  const settings = [
    ...[
      `views.recipe=${size < 96 ? 'simclr-cifar' : 'simclr'}`,
      `views.size=${size}`,
      `schedule.batchSize=${batchSize}`,
    ],
    'views.blur.probability=0.5',
  ].flatMap((setting) => ['--set', setting]);
  const args = ['bench', path, ...settings, '--seconds', String(seconds), '--json', '--quiet'];
  return JSON.parse(await capture(process.execPath, [join('bin', 'cl-data.js'), ...args])) as Here;
}

let version = '';

async function timePeer({ size, batchSize }: Case, folder: string, variant: string): Promise<number> {
  const args = [join('bench', 'data-peer.py'), folder, ...[size, batchSize, seconds].map(String), variant];
  // One process for each core computes: OpenMP must not spin beside them.
  const { GOMP_SPINCOUNT: _, ...environment } = PEER_ENVIRONMENT;
  const text = await capture(python, args, { env: { ...process.env, ...environment } });
  const result = JSON.parse(text) as { imagesPerSecond: number; version: string };
  version = result.version;
  return result.imagesPerSecond;
}

const median = (rates: readonly number[]): number => rates.toSorted((a, b) => a - b)[rates.length >> 1] ?? Number.NaN;
const round = (value: number): number => Number(value.toPrecision(4));

/** Times a case in rounds, so that a disturbance meets both sides; the medians count. */
async function measure(each: Case) {
  const here: Here[] = [];
  const rates = each.peers.flatMap(([what, folder]) =>
    VARIANTS.map((variant) => ({ what, folder, variant, rates: [] as number[] })),
  );
  for (let number = 1; number <= rounds; number++) {
    console.error(`round ${number} of ${rounds}: ${each.name}`);
    here.push(await timeHere(each));
    for (const peer of rates) peer.rates.push(await timePeer(each, peer.folder, peer.variant));
  }
  const of = (stage: keyof Here['rates']): number => median(here.map(({ rates }) => rates[stage]));
  const [host, views, whole] = [of('host'), of('views'), of('whole')];
  const peers = each.peers.map(([what]) => {
    const fastest = rates
      .filter((peer) => peer.what === what)
      .map((peer) => ({ variant: peer.variant, imagesPerSecond: median(peer.rates) }))
      .reduce((a, b) => (b.imagesPerSecond > a.imagesPerSecond ? b : a));
    const { imagesPerSecond } = fastest;
    return {
      ...{ reads: what, variant: fastest.variant, imagesPerSecond: round(imagesPerSecond) },
      ...{ hostRatio: round(host / imagesPerSecond), wholeRatio: round(whole / imagesPerSecond) },
    };
  });
  const { name, size, batchSize } = each;
  const rounded = { host: round(host), views: round(views), whole: round(whole) };
  return { name, size, batchSize, storage: here[0]?.storage, imagesPerSecond: rounded, peers };
}

/** What of training's time is waiting for data: the model of the step bench on all of CIFAR-10. */
async function measureWaiting(path: string) {
  console.error('training: an epoch of CIFAR-10 with a ResNet-18 of width 16');
  const output = join(scratch, 'run');
  const settings = [`data.path=${path}`, 'data.subsetPerClass=5000', 'schedule.epochs=1', 'schedule.warmupEpochs=0'];
  const evaluation = ['evaluate.knn.everyEpochs=0', 'evaluate.linearProbe=false', 'evaluate.floors=false'];
  await capture(process.execPath, [
    ...[join('bin', 'cl-train.js'), '--config', join('configs', 'simclr-accuracy.yaml'), '--output', output, '--quiet'],
    ...[...settings, ...evaluation].flatMap((setting) => ['--set', setting]),
  ]);
  const report = JSON.parse(readFileSync(join(output, 'report.json'), 'utf8'));
  const { timing } = (report as { training: { timing: Record<string, number> } }).training;
  return { imagesPerSecond: timing['imagesPerSecond'], waitShare: timing['waitShare'] };
}

const imagenet = values.only === 'training' ? undefined : givenPath('CL_IMAGENET', 'ImageNet photos at 224 px');
const cifar = givenPath('CL_CIFAR10', 'CIFAR-10 at 32 px');
const cases: Case[] = [
  ...(imagenet ? await photoCases(imagenet) : []),
  ...(cifar
    ? [
        {
          ...{ name: '32 px, CIFAR-10 JPEG files, after the first epoch', path: cifar, size: 32, batchSize: 256 },
          peers: [['the same files', join(cifar, 'train')]],
        } as const,
      ]
    : []),
];
if (cases.length === 0) {
  console.error(USAGE);
  process.exit(2);
}

const results: Awaited<ReturnType<typeof measure>>[] = [];
for (const each of values.only === 'training' ? [] : cases) {
  results.push(await measure(each));
  // At once after each: half an hour of measurements should survive a failure.
  keepParts('data', { images: { measured: describeMachine(), peer: version, rounds, seconds, results } });
}
const waiting = cifar && values.only !== 'images' ? await measureWaiting(cifar) : undefined;
if (waiting) keepParts('data', { training: { measured: describeMachine(), ...waiting } });
if (results.length > 0)
  console.log(
    formatTable(
      ['images/s', 'host', 'host + device', 'torchvision', 'host ratio', 'whole ratio'],
      results.flatMap(({ name, imagesPerSecond, peers }) =>
        peers.map((peer) => [
          `${name}; torchvision (${peer.variant}) reads ${peer.reads}`,
          ...[imagesPerSecond.host, imagesPerSecond.whole, peer.imagesPerSecond].map((rate) => rate.toFixed(0)),
          ...[peer.hostRatio, peer.wholeRatio].map((ratio) => ratio.toFixed(2)),
        ]),
      ),
    ),
  );
if (waiting) {
  const { imagesPerSecond = Number.NaN, waitShare = Number.NaN } = waiting;
  console.log(
    `training on CIFAR-10: ${imagesPerSecond.toFixed(0)} images/s, ${(100 * waitShare).toFixed(2)} % of the time waiting for data`,
  );
}
