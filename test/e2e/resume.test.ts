import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Outcome, temporaryFolder } from '../cli/run-command.ts';
import { patternPixels } from '../data/temp-files.ts';
import {
  checkpoints,
  compileViews,
  expectSameRun,
  LAST,
  metrics,
  sets,
  train,
  withBundled,
  writeExperiment,
} from './runs.ts';

compileViews();

/** A folder with an experiment on images of many sizes, which are streamed, two of them bad: 4 steps an epoch. */
async function streamed(): Promise<string> {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'images'));
  for (let i = 0; i < 34; i++) {
    const [height, width] = [14 + ((i * 7) % 23), 14 + ((i * 5) % 19)];
    const image = sharp(patternPixels(height, width, 3, i), { raw: { height, width, channels: 3 } });
    await image.png().toFile(join(folder, 'images', `${i + 10}.png`));
  }
  for (const i of [15, 31]) writeFileSync(join(folder, 'images', `${i}.png`), 'no image');
  writeExperiment(folder, 'data: {path: images, maxBadShare: 0.1}\n');
  return folder;
}

/** The uninterrupted float32 SGD run on the bundled images, saved after 20, 40 and 48 steps; made once. */
let base: string;
beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'cl-resume-'));
  writeExperiment(base);
  await train(base, ['-c', 'run.yaml', '--output', 'whole', ...sets('checkpoint.everySteps=20', 'checkpoint.keep=3')]);
});
afterAll(() => rmSync(base, { recursive: true }));

const STREAMED = sets('schedule.epochs=12');
const ACCUMULATED = sets('schedule.batchSize=4', 'schedule.accumulate=2', 'optimizer.clipGradientNorm=0.5');

/** Starts a run that saves every third step, and acts when the checkpoint of step 6 is written. */
function stopAt6(folder: string, args: readonly string[], act: (pid: number) => void): Promise<Outcome> {
  const saving = sets('checkpoint.everySteps=3');
  return train(folder, ['-c', 'run.yaml', ...saving, ...args], { when: ['step-00000006.safetensors', act] });
}

/** The step that a resumed run says it goes on from. */
function resumedStep({ stderr }: Outcome): number {
  return Number(/going on after step (\d+)/.exec(stderr)?.[1]);
}

test('the same seed gives the same checkpoints, bit for bit, wherever they lie and however images are loaded', async () => {
  const folder = withBundled();
  const run = (output: string, ...args: string[]) =>
    train(folder, [
      '-c',
      'run.yaml',
      '--output',
      output,
      ...sets('checkpoint.everySteps=20', 'checkpoint.keep=2'),
      ...args,
    ]);
  expect(await run('deeper/a', ...sets('data.workers=1'))).toMatchObject({ code: 0, stdout: '' });
  expect(await run('b', '--seed', '1')).toMatchObject({ code: 0 });
  const [whole, a, b] = [join(base, 'whole'), join(folder, 'deeper/a'), join(folder, 'b')].map(checkpoints);
  expect(Object.keys(a ?? {})).toEqual(['step-00000040.safetensors', LAST]);
  for (const [name, bytes] of Object.entries(a ?? {})) {
    expect(whole?.[name]?.equals(bytes)).toBe(true);
    expect(b?.[name]?.equals(bytes)).toBe(false);
  }
});

test.each([
  ['float32', 'sgd', 'in memory', withBundled, []],
  ['bfloat16', 'lars', 'in memory', withBundled, []],
  ['float32', 'lars', 'streamed', streamed, STREAMED],
  ['bfloat16', 'sgd', 'streamed', streamed, STREAMED],
  ['float32', 'adamw', 'in memory', withBundled, ACCUMULATED],
])(
  '%s, %s, %s: kill -9 amid an epoch and --resume give the uninterrupted run, bit for bit',
  async (precision, optimizer, _, make, more) => {
    const folder = await make();
    const args = [...sets(`precision=${precision}`, `optimizer.name=${optimizer}`), ...more];
    const isBase = make === withBundled && precision === 'float32' && optimizer === 'sgd';
    const whole = join(isBase ? base : folder, 'whole');
    if (!isBase)
      expect(await train(folder, ['-c', 'run.yaml', '--output', 'whole', ...args])).toMatchObject({ code: 0 });
    const killed = await stopAt6(folder, ['--output', 'killed', ...args], (pid) => process.kill(pid, 'SIGKILL'));
    expect(killed.code).toBe(null);

    const resumed = await train(folder, ['--resume', 'killed']);
    expect(resumed.stderr).not.toContain('error');
    expect(resumed.code).toBe(0);
    expect(resumedStep(resumed)).toBeGreaterThanOrEqual(6);
    expect(resumedStep(resumed)).toBeLessThan(48);
    expectSameRun(join(folder, 'killed'), whole);
  },
);

test('Ctrl-C and SIGTERM save and exit with 130 and 143; resuming ends in the same bits, with one history', async () => {
  const folder = withBundled();

  const terminated = await stopAt6(folder, ['--output', 'stopped'], (pid) => process.kill(pid, 'SIGTERM'));
  expect(terminated).toMatchObject({ code: 143, stdout: '' });
  expect(terminated.stderr).toMatch(/interrupted after \d+ steps/);
  const first = Number(/interrupted after (\d+) steps/.exec(terminated.stderr)?.[1]);
  expect(Object.keys(checkpoints(join(folder, 'stopped'))).at(-1)).toBe(
    `step-${String(first).padStart(8, '0')}.safetensors`,
  );
  expect(JSON.parse(readFileSync(join(folder, 'stopped/report.json'), 'utf8')).run).toMatchObject({
    state: 'interrupted',
    step: first,
  });

  const interrupted = await train(folder, ['-c', 'run.yaml', '--output', 'stopped', '--resume'], {
    when: ['going on after step', (pid) => process.kill(pid, 'SIGINT')],
  });
  expect(interrupted.code).toBe(130);
  expect(resumedStep(interrupted)).toBe(first);
  expect(interrupted.stderr).toContain('cl-train: stopping after this step and saving; Ctrl-C again stops at once');

  expect(await train(folder, ['--resume', 'stopped'])).toMatchObject({ code: 0 });
  expectSameRun(join(folder, 'stopped'), join(base, 'whole'));
  const records = metrics(join(folder, 'stopped'));
  expect(records.flatMap((record) => (record.type === 'start' ? [record.startStep] : []))).toHaveLength(3);
  expect(records.flatMap((record) => (record.type === 'end' ? [record.reason] : []))).toEqual([
    'interrupted',
    'interrupted',
    'finished',
  ]);
});

test('a damaged newest checkpoint is passed over with a warning; changed settings are refused with a list', async () => {
  const folder = withBundled();
  const whole = join(base, 'whole');
  cpSync(whole, join(folder, 'damaged'), { recursive: true });
  const newest = join(folder, 'damaged/checkpoints', LAST);
  const bytes = readFileSync(newest);
  bytes.writeUInt8(bytes.readUInt8(bytes.length - 5) ^ 1, bytes.length - 5);
  writeFileSync(newest, bytes);
  const refused = await train(folder, [
    '--resume',
    'damaged',
    '--seed',
    '3',
    ...sets('optimizer.momentum=0.5', 'evaluate.floors=false'),
  ]);
  expect(refused).toMatchObject({ code: 2, stdout: '' });
  expect(refused.stderr.replaceAll(folder, 'FOLDER')).toMatchInlineSnapshot(`
    "error: --resume: expected the settings of the run in FOLDER/damaged, got changes:
      seed: 0 -> 3
      optimizer.momentum: 0.9 -> 0.5
    hint: Resume with the same settings (cl-train --resume DIR alone takes them from the folder), allow the changes by --allow-change seed,optimizer.momentum, or start a new run with --output.
    "
  `);
  expect(readFileSync(newest).equals(bytes)).toBe(true);

  const resumed = await train(folder, ['--resume', 'damaged']);
  expect(resumed.code).toBe(0);
  expect(resumedStep(resumed)).toBe(40);
  expect(resumed.stderr.replaceAll(folder, 'FOLDER')).toMatch(
    /warning: .*step-00000048.*Trying the checkpoint before it/,
  );
  expectSameRun(join(folder, 'damaged'), whole);
});

test.runIf(process.arch === 'x64')('says once that a run goes on with another arithmetic, and goes on', async () => {
  const folder = temporaryFolder();
  cpSync(base, folder, { recursive: true });
  rmSync(join(folder, 'whole', 'checkpoints', LAST));
  const resume = (oneDnn: string): Promise<Outcome> =>
    train(folder, ['--resume', 'whole'], { env: { ...process.env, TF_ENABLE_ONEDNN_OPTS: oneDnn } });
  const off = await resume('0');
  expect(off.code).toBe(0);
  expect(off.stderr.match(/the run was trained with oneDNN on and goes on with oneDNN off/g)).toHaveLength(1);
  expect(JSON.parse(readFileSync(join(folder, 'whole', 'report.json'), 'utf8')).environment).toMatchObject({
    oneDnn: false,
  });
  rmSync(join(folder, 'whole', 'checkpoints', LAST));
  expect((await resume('1')).stderr).not.toContain('oneDNN');
});
