import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type BenchRun, type ProcessSample, stepSeconds, trainOnce } from './lib/checkpoint-runs.ts';
import { fitLine } from './lib/fit-line.ts';
import { describeMachine } from './lib/machine.ts';
import { keepParts } from './lib/results.ts';
import { formatTable } from './lib/table.ts';

const USAGE = `Use: npm run bench -- checkpoint [--only step|long] [--steps 210] [--every 50] [--rounds 3] [--long-steps 20000] [--folder TEMPORARY]

step: what steps of a ResNet-50 take with a checkpoint every so many, and without any.
long: memory, handles, descriptors and threads during so many steps of a small model that saves every 50.
Both are runs of cl-train on the bundled images. Checkpoints go to the temporary folder: one on a disk, not in memory, is
what should be measured. Close other programs first.`;

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    steps: { type: 'string', default: '210' },
    every: { type: 'string', default: '50' },
    rounds: { type: 'string', default: '3' },
    'long-steps': { type: 'string', default: '20000' },
    folder: { type: 'string', default: tmpdir() },
    help: { type: 'boolean', default: false },
  },
});
const [steps, every, rounds, longSteps] = [values.steps, values.every, values.rounds, values['long-steps']].map(
  Number,
) as [number, number, number, number];
const isKnown = values.only === undefined || values.only === 'step' || values.only === 'long';
if (values.help || !isKnown || !(steps > every && every > 5 && rounds >= 1 && longSteps >= 1000)) {
  console.error(USAGE);
  process.exit(values.help ? 0 : 2);
}

const MIB = 2 ** 20;
/** Steps at the beginning of a process that do not count: TensorFlow prepares the graph. */
const WARM_UP = 10;
/** Steps after a checkpoint in which its file may still be written; those that follow show what a step takes alone. */
const WAKE = 10;
/** Images in each class of the bundled ones that a run takes: few, so that epochs are short and many. */
const IMAGES = { perClass: 13, all: 128 };

const scratch = mkdtempSync(join(values.folder, 'cl-bench-checkpoint-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));

function yamlOf(backbone: string, size: number, batch: number, count: number, saving: number | undefined): string {
  const data = resolve('data/cifar10-mini.tar.gz');
  const epochs = Math.ceil(count / Math.floor(IMAGES.all / batch));
  return `data: {path: ${data}, subsetPerClass: ${IMAGES.perClass}, cache: off}
method: {name: simclr}
backbone: ${backbone}
views: {size: ${size}}
schedule: {epochs: ${epochs}, batchSize: ${batch}, warmupEpochs: 1}
evaluate: {knn: {everyEpochs: 0}, linearProbe: false}
checkpoint: {everyEpochs: 1000000${saving === undefined ? '' : `, everySteps: ${saving}`}}
export: {atEnd: []}
log: {everySteps: 1}
`;
}

const mean = (numbers: readonly number[]): number => numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
const round = (value: number): number => Number(value.toPrecision(4));

/** One run of a ResNet-50: its steps, and those in which a copy is taken and a file begins to be written. */
function timesOf(run: BenchRun, saving: boolean) {
  const times = stepSeconds(run, WARM_UP).filter(({ step }) => step <= steps);
  const checkpoints = run.records.flatMap((record) => (record.type === 'checkpoint' ? [record.bytes] : []));
  const after = saving ? times.filter(({ step }) => step % every === 1).map(({ seconds }) => seconds) : [];
  const periods = times.filter(({ step }) => step > every && step <= Math.floor((steps - 1) / every) * every);
  const alone = periods.filter(({ step }) => (step - 1) % every >= WAKE);
  return {
    mean: mean(times.map(({ seconds }) => seconds)),
    median: median(times.map(({ seconds }) => seconds)),
    afterSaving: after.length === 0 ? null : mean(after),
    withinRatio: mean(periods.map(({ seconds }) => seconds)) / mean(alone.map(({ seconds }) => seconds)),
    checkpointBytes: checkpoints.at(-1) ?? 0,
    peakBytes: Math.max(...run.samples.map(({ rssBytes }) => rssBytes)),
  };
}

/** Runs in turn, so that a disturbance meets both. */
async function measureSteps() {
  const backbone = '{name: resnet50, stem: imagenet}';
  const variants = [
    ['without', undefined],
    ['with', every],
  ] as const;
  const all: Record<'without' | 'with', ReturnType<typeof timesOf>[]> = { without: [], with: [] };
  for (let number = 1; number <= rounds; number++) {
    for (const [name, saving] of variants) {
      console.error(`round ${number} of ${rounds}: ${steps} steps ${name} checkpoints`);
      const run = await trainOnce(yamlOf(backbone, 64, 16, steps, saving), scratch);
      all[name].push(timesOf(run, saving !== undefined));
    }
  }
  const of = (name: 'without' | 'with', value: (each: ReturnType<typeof timesOf>) => number): number =>
    round(median(all[name].map(value)));
  const ratios = all.with.map(({ mean: seconds }, i) => seconds / (all.without[i]?.mean ?? Number.NaN));
  return {
    ...{ backbone: 'resnet50', viewSize: 64, batchSize: 16, steps, every, rounds },
    checkpointMiB: round((all.with[0]?.checkpointBytes ?? 0) / MIB),
    meanSeconds: { without: of('without', (each) => each.mean), with: of('with', (each) => each.mean) },
    medianSeconds: { without: of('without', (each) => each.median), with: of('with', (each) => each.median) },
    secondsOfStepAfterSaving: of('with', (each) => each.afterSaving ?? Number.NaN),
    peakMiB: {
      without: of('without', ({ peakBytes }) => peakBytes / MIB),
      with: of('with', ({ peakBytes }) => peakBytes / MIB),
    },
    ratio: { median: round(median(ratios)), each: ratios.map(round) },
    // A disturbance of seconds meets both kinds of steps of one run: steadier than a comparison of runs.
    ratioWithin: {
      with: all.with.map(({ withinRatio }) => round(withinRatio)),
      without: all.without.map(({ withinRatio }) => round(withinRatio)),
    },
  };
}

/** How what a process holds changed over the second half of a run. */
function courseOf(samples: readonly ProcessSample[], value: (sample: ProcessSample) => number) {
  const last = samples.at(-1)?.seconds ?? 0;
  const settled = samples.filter(({ seconds }) => seconds >= last / 2);
  const perThousand = (seconds: number): number => (seconds / last) * (longSteps / 1000);
  const { slope, error } = fitLine(settled.map((sample) => [perThousand(sample.seconds), value(sample)]));
  const found = settled.map(value);
  return {
    least: round(Math.min(...found)),
    most: round(Math.max(...found)),
    slopePer1000Steps: round(slope),
    standardError: round(error),
  };
}

async function measureLong() {
  console.error(`${longSteps} steps of a small model with a checkpoint every 50`);
  const backbone = '{name: resnet18, width: 4}';
  const { records, samples } = await trainOnce(yamlOf(backbone, 16, 8, longSteps, 50), scratch);
  return {
    steps: longSteps,
    checkpoints: records.filter(({ type }) => type === 'checkpoint').length,
    seconds: round(samples.at(-1)?.seconds ?? 0),
    samples: samples.length,
    secondHalf: {
      rssMiB: courseOf(samples, ({ rssBytes }) => rssBytes / MIB),
      heapMiB: courseOf(samples, ({ heapBytes }) => heapBytes / MIB),
      arrayBufferMiB: courseOf(samples, ({ arrayBufferBytes }) => arrayBufferBytes / MIB),
      handles: courseOf(samples, ({ handles }) => handles),
      descriptors: courseOf(samples, ({ descriptors }) => descriptors),
      threads: courseOf(samples, ({ threads }) => threads),
    },
  };
}

if (values.only !== 'long') {
  const found = await measureSteps();
  keepParts('checkpoint', { step: { measured: describeMachine(), ...found } });
  const row = (title: string, of: { without: number; with: number }) => [
    title,
    of.without.toFixed(3),
    of.with.toFixed(3),
  ];
  console.log(
    formatTable(
      ['ResNet-50', 'without', `every ${every} steps`],
      [
        row('seconds a step, mean', found.meanSeconds),
        row('seconds a step, median', found.medianSeconds),
        row('peak MiB', found.peakMiB),
      ],
    ),
  );
  console.log(
    `A step takes ${found.ratio.median.toFixed(3)} times as long as in a run without; a checkpoint has ${found.checkpointMiB} MiB.`,
  );
  console.log(
    `All steps of a run beside those that are ${WAKE} or more after a checkpoint: ${median(found.ratioWithin.with)} with, ${median(found.ratioWithin.without)} without.`,
  );
}
if (values.only !== 'step') {
  const found = await measureLong();
  keepParts('checkpoint', { long: { measured: describeMachine(), ...found } });
  console.log(
    formatTable(
      ['second half', 'least', 'most', 'slope in 1,000 steps', 'standard error'],
      Object.entries(found.secondHalf).map(([name, { least, most, slopePer1000Steps, standardError }]) => [
        name,
        ...[least, most, slopePer1000Steps, standardError].map(String),
      ]),
    ),
  );
}
