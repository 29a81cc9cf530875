import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../cli/run-command.ts';
import { patternPixels } from '../data/temp-files.ts';
import { checkpoints, problem, sets, train, writeExperiment } from './runs.ts';

/** A folder with 32 small images, and an experiment on them: 4 steps an epoch. */
async function withImages(): Promise<string> {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'images'));
  for (let i = 0; i < 32; i++) await writeImage(folder, i, i);
  writeExperiment(folder, 'data: {path: images}\n');
  return folder;
}

/** PPM files of one size: a replaced one differs by its content alone. */
async function writeImage(folder: string, i: number, pattern: number): Promise<void> {
  const pixels = patternPixels(16, 16, 3, pattern);
  const header = Buffer.from('P6 16 16 255\n');
  writeFileSync(join(folder, 'images', `${10 + i}.ppm`), Buffer.concat([header, pixels]));
}

test('changes on resume are refused, or allowed by name; longer training says what it means', async () => {
  const folder = await withImages();
  const auto = (...args: string[]) => train(folder, ['-c', 'run.yaml', '--output', 'run', '--resume', 'auto', ...args]);
  const first = await auto();
  expect(first.stderr).toContain('finished after 12 steps');
  expect(first.code).toBe(0);
  const last = checkpoints(join(folder, 'run'));

  // Finished, wherever the images are by then; nothing is touched.
  renameSync(join(folder, 'images'), join(folder, 'elsewhere'));
  const before = readdirSync(join(folder, 'run'));
  expect(await auto()).toEqual({
    code: 0,
    stdout: '',
    stderr: `${join(folder, 'run')} is already finished: 12 steps, 3 epochs\n`,
  });
  expect(readdirSync(join(folder, 'run'))).toEqual(before);
  expect(checkpoints(join(folder, 'run'))).toEqual(last);

  // The same images in another place, with other times; 8 of them replaced.
  cpSync(join(folder, 'elsewhere'), join(folder, 'images'), { recursive: true });
  for (let i = 0; i < 8; i++) await writeImage(folder, i, 100 + i);
  const longer = ['--resume', 'run', '--epochs', '5'];
  expect(problem(await train(folder, longer), folder)).toMatchInlineSnapshot(`
    "exit 2: decoding training images
    error: --resume: expected the 32 training images of the run, got others:
      8 of 32 changed: 10.ppm (the same size, another content), 11.ppm (the same size, another content), 12.ppm (the same size, another content), ...
    hint: Restore the images as they were, go on over others by --allow-change data.images, or start a new run with --output.
    "
  `);
  const moved = await train(folder, [...longer, '--data', 'elsewhere', ...sets('log.everySteps=2')]);
  expect(moved.code).toBe(0);
  const told = moved.stderr.split('\n').filter((line) => line.includes('warning:'));
  expect(told.join('\n').replaceAll(folder, 'FOLDER')).toMatchInlineSnapshot(`
    "[0:00] warning: data.path: the same images, in another place
    [0:00] warning: goes on with other settings: schedule.epochs: 3 -> 5; log.everySteps: 1 -> 2
    [0:00] warning: 12 of 20 steps are done (of 12 before); the learning rate follows the new course from here on: 8.40e-4 in the next step, where the old course ended at 0. The steps before followed the old course, as does a moving average that has an end: this is not what the new settings give from the start
    [0:00] warning: no evaluation: the images have no labels"
  `);
  expect(readFileSync(join(folder, 'run', 'config.yaml'), 'utf8')).toContain('epochs: 5');
  expect(Object.keys(checkpoints(join(folder, 'run'))).at(-1)).toBe('step-00000020.safetensors');

  const other = ['--resume', 'run', '--epochs', '6', '--data', 'images', '--seed', '4'];
  expect(problem(await train(folder, other), folder)).toMatchInlineSnapshot(`
    "exit 2: error: --resume: expected the settings of the run in FOLDER/run, got changes:
      seed: 0 -> 4
    hint: Resume with the same settings (cl-train --resume DIR alone takes them from the folder), allow the changes by --allow-change seed, or start a new run with --output.
    "
  `);
  const allowed = await train(folder, [...other, '--allow-change', 'seed,data.images']);
  expect(allowed.code).toBe(0);
  expect(allowed.stderr).toContain('the run goes on over other images, as data.images allows: 8 of 32 changed: 10.ppm');
  expect(allowed.stderr).toContain('seed: 0 -> 4');
  // Nothing has changed any more.
  expect((await train(folder, ['--resume', 'run'])).stderr).not.toContain('other');
});
