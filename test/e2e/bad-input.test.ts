import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { findNvidiaDriver } from '../../src/util/nvidia-driver.ts';
import { clEval, inRepository, temporaryFolder } from '../cli/run-command.ts';
import { patternPng, writeFiles } from '../data/temp-files.ts';
import { losses, problem, sets, TINY, train, withBundled, writeExperiment } from './runs.ts';

const FIXTURES = inRepository('test/fixtures/images');

/** Every way of storing pixels that the reader must take: depths, colours, alpha, orientations, one pixel. */
const GOOD = readdirSync(FIXTURES).filter(
  (name) => /\.(jpg|png|webp)$/.test(name) && name !== 'text.jpg' && name !== 'truncated.jpg',
);

/** A folder with an experiment on an unlabelled folder of these fixtures. */
function withImages(...names: readonly string[]): string {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'images'));
  for (const name of names) copyFileSync(join(FIXTURES, name), join(folder, 'images', name));
  writeExperiment(folder, 'data: {path: images}\n');
  return folder;
}

test('images of every depth, colour, size and orientation are trained on together; two bad ones are skipped and listed', async () => {
  const folder = withImages(...GOOD, 'text.jpg', 'truncated.jpg');
  const outcome = await train(folder, [
    '-c',
    'run.yaml',
    '--output',
    'run',
    ...sets('data.maxBadShare=0.1', 'schedule.epochs=2'),
  ]);
  expect(outcome).toMatchObject({ code: 0, stdout: '' });
  expect(outcome.stderr).toContain('warning: left out text.jpg: it is text, not a JPEG, PNG or WebP');
  expect(outcome.stderr).toContain("warning: left out truncated.jpg: it can't be decoded");
  expect(outcome.stderr).toContain('warning: no evaluation: the images have no labels');
  expect(losses(join(folder, 'run')).every(([, loss]) => Number.isFinite(loss))).toBe(true);
  const report = JSON.parse(readFileSync(join(folder, 'run/report.json'), 'utf8'));
  expect(report.run.state).toBe('finished');
  expect(report.evaluations).toEqual([]);
  expect(report.training.skippedImages).toEqual([
    { name: 'text.jpg', reason: 'is text, not a JPEG, PNG or WebP' },
    { name: 'truncated.jpg', reason: expect.stringContaining("can't be decoded") },
  ]);

  const evaluation = problem(await clEval(['knn', '--run', join(folder, 'run')]), folder);
  expect(evaluation).toMatchInlineSnapshot(`
    "exit 2: error: expected training and test images with labels: the images have no labels (images without labels (flat): 31 images, no test images)
    hint: Name labelled images with --data, and test images with --set data.test=PATH.
    "
  `);
});

test('more bad images than a share allows stop a run, and say so', async () => {
  const folder = withImages(...GOOD, 'text.jpg', 'truncated.jpg');
  const { code, stderr } = await train(folder, ['-c', 'run.yaml', '--output', 'run', '--quiet']);
  expect(code).toBe(1);
  expect(stderr).toContain('error: expected at most 1 % bad images, got 2 of ');
  expect(stderr).toContain(
    'hint: Replace or remove the damaged files, or allow a larger share of bad images: --set data.maxBadShare=SHARE',
  );
});

test('a run that too many bad images stopped before its first step leaves the folder to the next one', async () => {
  const folder = withImages(...GOOD);
  for (let i = 0; i < 20; i++) writeFileSync(join(folder, `images/text-${i}.jpg`), 'no image');
  const args = ['-c', 'run.yaml', '--output', 'run', '--quiet', ...sets('schedule.epochs=2')];
  const stopped = await train(folder, args);
  expect(stopped.code).toBe(1);
  expect(stopped.stderr).toContain('allow a larger share of bad images');
  expect((await train(folder, [...args, ...sets('data.maxBadShare=0.5')])).code).toBe(0);
  expect(losses(join(folder, 'run')).length).toBe(12);
  expect(problem(await train(folder, args), folder)).toContain('exit 2: error: expected a new run folder');
});

test('a truncated image among equal ones is left out of memory, and training goes on without it', async () => {
  const folder = withImages('truncated.jpg');
  const { height, width } = await sharp(join(FIXTURES, 'truncated.jpg')).metadata();
  for (let i = 0; i < 8; i++) writeFileSync(join(folder, `images/${i}.png`), await patternPng(height, width, i));
  const { code, stderr } = await train(folder, [
    ...['-c', 'run.yaml', '--output', 'run'],
    ...sets('schedule.epochs=2', 'method.temperature=5'),
  ]);
  expect(code).toBe(0);
  expect(stderr).toContain('warning: left out truncated.jpg');
  expect(stderr).toContain('warning: method.temperature: 5 is so high that all negatives count alike; usual: 0.1');
  expect(stderr).toContain('8 images, batches of 8 x 2 views, 2 epochs of 1 step');
});

test('what a run cannot begin with is one message, before anything is decoded or written', async () => {
  const folder = withImages('rgb.png', 'grey.png', 'one-pixel.png');
  const run = async (...args: string[]) => problem(await train(folder, ['-c', 'run.yaml', ...args]), folder);
  const told = {
    'misspelt key': await run(...sets('optimizer.learninRate=1')),
    'missing folder': await run('--data', 'image'),
    'batch larger than the data': await run(),
    'settings that cannot work': await run(
      ...sets('schedule.batchSize=2', 'method={name: moco, queueSize: 1, projector: {hidden: 8, out: 4}}'),
    ),
    'nothing to resume': await run('--resume'),
  };
  expect(told).toMatchInlineSnapshot(`
    {
      "batch larger than the data": "exit 2: error: schedule.batchSize: expected at most the 3 training images, got 8
    hint: --set schedule.batchSize=2
    ",
      "missing folder": "exit 2: error: expected a folder or archive of images, got nothing at FOLDER/image
    hint: Did you mean FOLDER/images?
    ",
      "misspelt key": "exit 2: error: --set optimizer.learninRate: expected a known setting, got "learninRate"; did you mean "learningRate"?
    hint: every setting, its bounds and its meaning: cl-train --print-schema
    ",
      "nothing to resume": "exit 2: error: --resume: expected checkpoints in FOLDER/runs/run/checkpoints, found none
    hint: Leave --resume out to start the run, or name another folder with --output.
    ",
      "settings that cannot work": "exit 2: error: method.queueSize: a step brings 2 keys, more than the 1 of the queue; at least: 2
    ",
    }
  `);

  writeFileSync(
    join(folder, 'wrong.yaml'),
    'data: {path: images}\nmethod: {name: simclr}\nviews:\n  size: [32]\n  flips: 1\n',
  );
  expect(problem(await train(folder, ['-c', 'wrong.yaml']), folder)).toMatchInlineSnapshot(`
    "exit 2: error: 2 settings are wrong
      wrong.yaml:4:9 views.size: expected a number, got [32]
      wrong.yaml:5:3 views.flips: expected a known setting, got "flips"; did you mean "flip"?
    hint: every setting, its bounds and its meaning: cl-train --print-schema
    "
  `);

  mkdirSync(join(folder, 'texts'));
  writeFileSync(join(folder, 'texts/notes.txt'), 'no image');
  expect(await run('--data', 'texts')).toMatchInlineSnapshot(`
    "exit 2: error: expected images (.jpg .jpeg .png .webp .ppm), got only other files (1 .txt) in FOLDER/texts
    hint: Name the folder that holds the images or their class folders.
    "
  `);
  expect(existsSync(join(folder, 'runs'))).toBe(false);
});

test('a TensorFlow that is not there is told of at once', async () => {
  const folder = withBundled();
  const env = { CL_TENSORFLOW: join(folder, 'nothing') };
  const training = problem(await train(folder, ['-c', 'run.yaml'], { env }), folder);
  expect(training).toMatchInlineSnapshot(`
    "exit 2: error: CL_TENSORFLOW should hold libtensorflow_cc.so.2 and libtensorflow_framework.so.2, but FOLDER/nothing does not.
    hint: Name the folder \`tensorflow\` of a TensorFlow 2.x for Linux, or unset CL_TENSORFLOW to use release 2.21.0.
    "
  `);
  expect(existsSync(join(folder, 'runs'))).toBe(false);
});

test.skipIf(findNvidiaDriver() !== undefined)(
  '--device gpu without a GPU neither begins a run nor empties one',
  async () => {
    const folder = withBundled();
    mkdirSync(join(folder, 'run'));
    writeFileSync(join(folder, 'run/config.yaml'), 'seed: 5\n');
    const outcome = await train(folder, ['-c', 'run.yaml', '--device', 'gpu', '--output', 'run', '--overwrite']);
    expect(problem(outcome, folder)).toMatchInlineSnapshot(`
      "exit 2: error: Expected a GPU (device: gpu), but this machine shows no NVIDIA driver.
      hint: Run \`cl-doctor\` to see what is missing, or set \`device: cpu\`.
      "
    `);
    expect(readFileSync(join(folder, 'run/config.yaml'), 'utf8')).toBe('seed: 5\n');
  },
);

test('a linear probe that can not be fitted is told once, before the training', async () => {
  const folder = temporaryFolder();
  const names = Array.from({ length: 8 }, (_, i) => [`train/${i}/0.png`, `test/${i}/0.png`]).flat();
  writeFiles(
    join(folder, 'images'),
    Object.fromEntries(await Promise.all(names.map(async (name, i) => [name, await patternPng(16, 16, i)] as const))),
  );
  writeExperiment(
    folder,
    'data: {path: images}\n',
    TINY.replace('linearProbe: false', 'linearProbe: true, floors: true'),
  );
  const run = await train(folder, ['-c', 'run.yaml', '--output', 'run', ...sets('evaluate.knn.everyEpochs=3')]);
  expect(run.code).toBe(0);
  expect(run.stderr.match(/linear.probe.*/g)).toEqual([
    'linear probe: each class has one training image, so that none is left to choose the penalty on',
  ]);
  expect(run.stdout).toContain('kNN');
  expect(
    problem(await clEval(['linear-probe', '--run', join(folder, 'run'), '--quiet']), folder),
  ).toMatchInlineSnapshot(`
    "exit 2: error: expected at least two training images of a class for a linear probe: each class has one training image, so that none is left to choose the penalty on
    hint: Name more images with --data, or evaluate with cl-eval knn.
    "
  `);
});
