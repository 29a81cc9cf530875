import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { inRepository, type Outcome, runNode, temporaryFolder } from '../cli/run-command.ts';
import { patternPng, writeFiles } from '../data/temp-files.ts';
import { checkpoints, metrics, problem, sets, TINY, train, writeExperiment } from './runs.ts';

/** A folder with images and a finished run of 24 steps on them. */
let base: string;
beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'cl-away-'));
  const names = Array.from(
    { length: 96 },
    (_, i) => `images/${i < 64 ? 'train' : 'test'}/${i % 2 ? 'cat' : 'dog'}/${i}.png`,
  );
  const files = await Promise.all(names.map(async (name, i) => [name, await patternPng(16, 16, i)] as const));
  writeFiles(base, Object.fromEntries(files));
  writeExperiment(base, 'data: {path: images, cache: "off"}\n', TINY);
  expect((await train(base, ['-c', 'run.yaml', '-o', 'run', '--quiet'])).code).toBe(0);
  return () => rmSync(base, { recursive: true });
});

/** Starts a program, takes its images away once it has said something, and acts when it says that they are away. */
async function withoutImages(
  [program, ...args]: readonly string[],
  since: string,
  act: (pid: number) => void = () => renameSync(join(base, 'away'), join(base, 'images')),
): Promise<Outcome> {
  let [away, acted] = [false, false];
  const outcome = await runNode([inRepository(`bin/${program}.js`), ...args], {
    cwd: base,
    onOutput(stderr, pid) {
      if (!away && stderr.includes(since)) {
        away = true;
        renameSync(join(base, 'images'), join(base, 'away'));
      }
      if (!acted && stderr.includes('for now')) {
        acted = true;
        act(pid);
      }
    },
  });
  expect(away).toBe(true);
  if (!acted) renameSync(join(base, 'away'), join(base, 'images'));
  return outcome;
}

/** Commands, and what they say before they read images that they have opened. */
const COMMANDS: readonly (readonly [command: readonly string[], since: string, result: RegExp])[] = [
  [['cl-embed', '--run', 'run', '--output', 'features.npy'], 'class folders: ', /96 rows/],
  [['cl-data', 'pack', 'images', 'packed'], 'class folders: ', /64 images/],
  [['cl-eval', 'knn', '--run', 'run', ...sets('data.memoryBudget=1kB')], 'evaluating pretrained', /pretrained .*%/],
];

test.each(COMMANDS)('%j waits for images that come back', async (command, since, result) => {
  const { code, stdout, stderr } = await withoutImages(command, since);
  expect(stderr.match(/images can't be read for now \(nothing at .*images\): trying again for up to/g)).toHaveLength(1);
  expect(stderr).toContain('images can be read again, after');
  expect(stderr).not.toContain('left out');
  expect(stdout).toMatch(result);
  expect(code).toBe(0);
});

test('the wait ends by Ctrl-C, and after the minutes that are set', async () => {
  const args = ['cl-embed', '--run', 'run', '--output', 'more.npy', ...sets('data.fraction=0.5')];
  const stopped = await withoutImages(args, 'class folders: ', (pid) => {
    renameSync(join(base, 'away'), join(base, 'images'));
    process.kill(pid, 'SIGINT');
  });
  expect(stopped.code).toBe(130);
  expect(stopped.stderr).not.toContain('error:');
  const ended = await withoutImages([...args, ...sets('data.retryMinutes=0.02')], 'class folders: ', () => {});
  renameSync(join(base, 'away'), join(base, 'images'));
  expect(problem(ended, base)).toMatch(
    /^exit 1: [\s\S]*error: expected images that can be read, got nothing at .* for 1 second\nhint: .*data\.retryMinutes/,
  );
});

test('a run waits for its own folder, and comes to the same bits', async () => {
  const folder = temporaryFolder();
  const away = join(folder, 'away');
  const env = { NODE_OPTIONS: `--import=${inRepository('test/e2e/away-disk.mjs')}`, AWAY_DISK: away };
  const args = ['-c', join(base, 'run.yaml'), '-o', join(folder, 'run'), ...sets('checkpoint.everySteps=4')];
  let [isAway, isBack] = [false, false];
  const outcome = await runNode([inRepository('bin/cl-train.js'), ...args], {
    ...{ cwd: folder, env },
    onOutput(stderr) {
      if (!isAway && stderr.includes(' done in ')) {
        isAway = true;
        writeFileSync(away, '');
      }
      if (!isBack && stderr.includes('for now')) {
        isBack = true;
        rmSync(away);
      }
    },
  });
  expect(outcome.stderr).toContain(
    "warning: the run's folder can't be written for now (EIO): trying again for up to 10 minutes",
  );
  expect(outcome.stderr).toContain("the run's folder can be written again, after");
  expect(outcome.code).toBe(0);
  const run = join(folder, 'run');
  expect(Object.values(checkpoints(run)).at(-1)).toEqual(Object.values(checkpoints(join(base, 'run'))).at(-1));
  expect(metrics(run).flatMap((record) => (record.type === 'step' ? [record.step] : []))).toEqual(
    Array.from({ length: 24 }, (_, i) => i + 1),
  );
  expect(readFileSync(join(run, 'log.jsonl'), 'utf8')).toContain('can be written again');
});
