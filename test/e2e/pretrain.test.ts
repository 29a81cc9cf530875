import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readCheckpoint } from '../../src/checkpoint/checkpoint.ts';
import type { Evaluation } from '../../src/evaluate/evaluation.ts';
import { clEval, inRepository, type Outcome, runNode } from '../cli/run-command.ts';
import { checkpoints, compileViews, metrics, problem, train } from './runs.ts';

compileViews();

const EXPERIMENT = `data: {path: ${inRepository('data/cifar10-mini.tar.gz')}, subsetPerClass: 20}
method: {name: simclr, projector: {hidden: 16, out: 8}}
backbone: {width: 4, stem: cifar}
views: {size: 16, normalize: cifar10}
schedule: {epochs: 3, batchSize: 16, warmupEpochs: 1}
evaluate: {knn: {everyEpochs: 2, k: 20}}
checkpoint: {everyEpochs: 1, keep: 2}
log: {everySteps: 4}
`;

/** One whole run, which the tests look at from all sides. */
let folder: string;
let run: string;
let outcome: Outcome;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cl-pretrain-'));
  run = join(folder, 'runs/run');
  writeFileSync(join(folder, 'run.yaml'), EXPERIMENT);
  outcome = await train(folder, ['--config', 'run.yaml']);
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Report {
  readonly schemaVersion: number;
  readonly run: { readonly state: string; readonly step: number };
  readonly training: { readonly warnings: readonly { message: string }[] };
  readonly evaluations: readonly Evaluation[];
}

function report(): Report {
  return JSON.parse(readFileSync(join(run, 'report.json'), 'utf8')) as Report;
}

test('a run ends well: results on standard output, the rest on standard error', () => {
  expect(outcome.code).toBe(0);
  const rows = outcome.stdout.split('\n').map((line) => line.split(/ {2,}/));
  expect(rows[0]).toEqual(['evaluation', 'encoder', 'top-1', '95 % interval', 'images']);
  expect(rows.slice(1, 7).map(([name, encoder]) => `${name}, ${encoder}`)).toEqual(
    report().evaluations.map(
      ({ name, subject }) =>
        `${name === 'knn' ? 'kNN' : 'linear probe'}, ${subject === 'pixels' ? 'raw pixels' : subject}`,
    ),
  );
  expect(outcome.stdout).not.toMatch(/epoch|checkpoint/);
  expect(outcome.stderr).toMatch(/epoch 3\/3 done/);
  expect(outcome.stderr).toContain(`report: ${join(run, 'report.html')}`);
  expect(outcome.stderr).not.toMatch(/warning|error|\n\s+at /);
  const [, told = ''] = outcome.stderr.split('epoch 3/3 done');
  expect(told.match(/^evaluating .*$/gm)).toEqual(
    ['pretrained encoder (1 of 3)', 'untrained encoder (2 of 3)', 'raw pixels (3 of 3)'].flatMap((which) =>
      ['features', 'kNN', 'linear probe'].map((what) => `evaluating ${which}: ${what}`),
    ),
  );
  expect(outcome.stderr).toContain(
    [
      `report: ${join(run, 'report.html')}`,
      'next: cl-embed --run runs/run --output runs/run/features.parquet',
      '      cl-export --run runs/run --format onnx --output runs/run/onnx\n',
    ].join('\n'),
  );
});

test('the run folder holds everything, and nothing half written', async () => {
  expect(readdirSync(run).sort()).toEqual([
    'checkpoints',
    'config.yaml',
    'exports',
    'images.tsv.gz',
    'log.jsonl',
    'metrics.jsonl',
    'report.html',
    'report.json',
    'views.png',
  ]);
  expect(Object.keys(checkpoints(run))).toEqual(['step-00000024.safetensors', 'step-00000036.safetensors']);
  const { tensors, progress } = await readCheckpoint(join(run, 'checkpoints/step-00000036.safetensors'));
  expect(progress).toMatchObject({ step: 36, epoch: 3, seed: 0, images: 200 });
  expect(Object.keys(tensors).some((name) => name.startsWith('backbone.'))).toBe(true);

  const config = readFileSync(join(run, 'config.yaml'), 'utf8');
  const { stdout } = await runNode([inRepository('bin/cl-train.js'), '-c', join(run, 'config.yaml'), '--print-config']);
  expect(stdout.replace(/^output: .*$/m, '')).toBe(config.replace(/^output: .*$/m, ''));

  const log = readFileSync(join(run, 'log.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(log.map(({ type }) => type)).toContain('end');
  expect(readFileSync(join(run, 'report.html'), 'utf8')).toMatch(/^<!doctype html>[\s\S]*<svg[\s\S]*<\/html>\s*$/i);
});

test('metrics.jsonl tells of steps, epochs and evaluations in order, and of checkpoints once they are there', () => {
  const all = metrics(run).map((record) => {
    if (record.type === 'step') return `step ${record.step}`;
    if (record.type === 'epoch') return `epoch ${record.epoch}`;
    if (record.type === 'checkpoint') return `checkpoint ${record.step}`;
    if (record.type === 'evaluation') return `${record.evaluation.name} ${record.evaluation.subject} ${record.epoch}`;
    return record.type;
  });
  // They are written beside the steps that follow, but for the last one.
  const told = all.filter((text) => !text.startsWith('checkpoint'));
  for (const step of [12, 24, 36]) {
    expect(all.indexOf(`checkpoint ${step}`)).toBeGreaterThan(all.indexOf(`step ${step}`));
  }
  expect(all.indexOf('checkpoint 36')).toBeLessThan(all.indexOf('knn pretrained 3'));
  expect(told).toMatchInlineSnapshot(`
    [
      "start",
      "step 1",
      "step 4",
      "step 8",
      "step 12",
      "epoch 1",
      "step 16",
      "step 20",
      "step 24",
      "epoch 2",
      "knn pretrained 2",
      "step 28",
      "step 32",
      "step 36",
      "epoch 3",
      "knn pretrained 3",
      "linear-probe pretrained 3",
      "knn untrained 3",
      "linear-probe untrained 3",
      "knn pixels 3",
      "linear-probe pixels 3",
      "end",
    ]
  `);
});

test('report.json states each accuracy with its interval and protocol, floors beside it', () => {
  const { schemaVersion, run: facts, evaluations } = report();
  expect(schemaVersion).toBe(1);
  expect(facts).toMatchObject({ state: 'finished', step: 36 });
  expect(evaluations.map(({ name, subject }) => [name, subject])).toEqual(
    ['pretrained', 'untrained', 'pixels'].flatMap((subject) => [
      ['knn', subject],
      ['linear-probe', subject],
    ]),
  );
  for (const { top1, n, interval, protocol } of evaluations) {
    const [low, high] = interval;
    expect(top1 * n).toBeCloseTo(Math.round(top1 * n), 6);
    expect(0 <= low && low < top1 && top1 < high && high <= 1).toBe(true);
    expect(protocol.description).toMatch(/\w+ .*\.$/);
  }
});

test.each(['knn', 'linear-probe'])('cl-eval %s gives the numbers of report.json again, exactly', async (kind) => {
  const output = join(folder, `${kind}.json`);
  const again = await clEval([kind, '--run', run, '--output', output]);
  expect(again.code).toBe(0);
  expect(again.stdout).toMatch(/^evaluation {2,}encoder/);
  const { checkpoint, evaluations } = JSON.parse(readFileSync(output, 'utf8'));
  expect(checkpoint).toBe(join(run, 'checkpoints/step-00000036.safetensors'));
  expect(evaluations).toEqual(report().evaluations.filter(({ name }) => name === kind));

  expect(problem(await clEval([kind, '--run', run, '--output', output]), folder)).toBe(
    `exit 2: error: --output: expected a new file, got FOLDER/${kind}.json, which exists\nhint: Choose another name.\n`,
  );
});

test('cl-eval --json prints what --output writes; one checkpoint can be named, and a setting changed', async () => {
  const file = join(run, 'checkpoints/step-00000024.safetensors');
  const settings = ['--set', 'evaluate.floors=false', '--set', 'evaluate.knn.k=5', '--quiet', '--json'];
  const { code, stdout, stderr } = await clEval(['knn', '--checkpoint', file, ...settings]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const { checkpoint, evaluations } = JSON.parse(stdout);
  expect(checkpoint).toBe(file);
  expect(evaluations).toHaveLength(1);
  expect(evaluations[0]).toMatchObject({ name: 'knn', subject: 'pretrained', protocol: { k: 5 } });
});

test('without TensorFlow help and plans work, and evaluating says what is missing', async () => {
  const env = { CL_TENSORFLOW: join(folder, 'nothing') };
  const node = (program: string, ...args: string[]) => runNode([inRepository(`bin/${program}.js`), ...args], { env });
  expect(await node('cl-train', '--help')).toMatchObject({ code: 0, stderr: '' });
  expect(await node('cl-eval', '--help')).toMatchObject({ code: 0, stderr: '' });
  const plan = await node(
    'cl-train',
    '--config',
    join(folder, 'run.yaml'),
    '--dry-run',
    '--output',
    join(folder, 'plan'),
  );
  expect(plan).toMatchObject({ code: 0, stderr: '' });
  expect(plan.stdout).toMatch(/^steps +36 = 12 x 3 epochs/m);
  expect(existsSync(join(folder, 'plan'))).toBe(false);
  expect(problem(await node('cl-eval', 'knn', '--run', run), folder)).toMatchInlineSnapshot(`
    "exit 2: error: CL_TENSORFLOW should hold libtensorflow_cc.so.2 and libtensorflow_framework.so.2, but FOLDER/nothing does not.
    hint: Name the folder \`tensorflow\` of a TensorFlow 2.x for Linux, or unset CL_TENSORFLOW to use release 2.21.0.
    "
  `);
});
