import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inRepository, type Outcome, runNode } from '../cli/run-command.ts';
import { checkpoints, TINY, train, writeExperiment } from './runs.ts';

const SIDE = 16;

/** A PPM file of one colour that its number decides. */
function image(number: number): Buffer {
  const pixels = Buffer.alloc(SIDE * SIDE * 3, (number * 37) % 256);
  return Buffer.concat([Buffer.from(`P6 ${SIDE} ${SIDE} 255\n`), pixels]);
}

let folder = '';
let trained: Outcome;

// Images of two classes, a damaged one among them, which is warned of, and a run on them.
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'quiet-'));
  for (const [split, count] of [
    ['train', 20],
    ['test', 8],
  ] as const) {
    for (const name of ['a', 'b']) {
      mkdirSync(join(folder, 'images', split, name), { recursive: true });
      for (let i = 0; i < count; i++) {
        writeFileSync(join(folder, 'images', split, name, `${i}.ppm`), image(i + (name === 'a' ? 0 : count)));
      }
    }
    writeFileSync(join(folder, 'images', split, 'a/damaged.png'), 'no image');
  }
  const evaluated = TINY.replace('knn: {everyEpochs: 0}', 'knn: {everyEpochs: 3}');
  writeExperiment(folder, 'data: {path: images, maxBadShare: 0.2}\n', evaluated);
  trained = await train(folder, ['run.yaml', '--output', 'run', '-q']);
});

afterAll(() => rmSync(folder, { recursive: true }));

/** Runs a program as `cl-NAME ARGUMENTS -q`, for words without spaces. */
function quietly(command: string): Promise<Outcome> {
  const [name, ...args] = command.split(' ');
  return runNode([inRepository(`bin/${name}.js`), ...args, '-q'], { cwd: folder });
}

test('a run tells nothing but its results', () => {
  expect(trained).toMatchObject({ code: 0, stderr: '' });
  expect(trained.stdout).toMatch(/^evaluation .*\nkNN /);
});

/** Commands, and what their results begin with. */
const COMMANDS: readonly (readonly [command: string, result: RegExp])[] = [
  ['cl-train run.yaml --dry-run', /^data +\S+images\n/],
  ['cl-train --list', /^preset /],
  ['cl-eval knn --run run', /^evaluation .*\nkNN /],
  ['cl-export --run run --format torchvision --output export', /^torchvision .*\ncard .*\nverification .*\n$/],
  [
    'cl-embed --weights run/checkpoints/LAST --image images/train/a/0.ppm --image images/train/a/damaged.png --output one.npy',
    /^one\.npy: 1 row of 32\n$/,
  ],
  ['cl-data inspect images', /\/images\n/],
  ['cl-data preview images --config run.yaml --images 2 --output views.png', /^views\.png: /],
  ['cl-data pack images packed', /packed/],
];

test.concurrent.for(COMMANDS)('%s tells nothing but its results', async ([command, result]) => {
  const [last = ''] = Object.keys(checkpoints(join(folder, 'run'))).slice(-1);
  const { code, stdout, stderr } = await quietly(command.replace('LAST', last));
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(result);
});

test('a run that is stopped says so by its exit code alone', async () => {
  const args = ['run.yaml', '--output', 'stopped', '--epochs', '100000', '-q'];
  const child = spawn(process.execPath, [inRepository('bin/cl-train.js'), ...args], { cwd: folder });
  let told = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (text) => {
      told += text;
    });
  }
  const closed = once(child, 'close');
  while (child.exitCode === null && !existsSync(join(folder, 'stopped/metrics.jsonl'))) await sleep(20);
  child.kill('SIGINT');
  expect([await closed, told]).toEqual([[130, null], '']);
});
