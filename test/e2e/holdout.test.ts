import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { clEval, temporaryFolder } from '../cli/run-command.ts';
import { patternPixels } from '../data/temp-files.ts';
import { metrics, problem, sets, TINY, train } from './runs.ts';

const EVALUATED = TINY.replace(
  '{knn: {everyEpochs: 0}, linearProbe: false}',
  '{holdout: 0.25, linearProbe: false, floors: false, knn: {everyEpochs: 1}}',
);

/** A folder with small images in two classes, and one in a third; no test images. */
function withImages(): string {
  const folder = temporaryFolder();
  for (const [name, count] of [
    ['cat', 24],
    ['dog', 24],
    ['eel', 1],
  ] as const) {
    mkdirSync(join(folder, 'images', name), { recursive: true });
    for (let i = 0; i < count; i++) {
      const pixels = patternPixels(16, 16, 3, name.length + 31 * i);
      writeFileSync(
        join(folder, 'images', name, `${10 + i}.ppm`),
        Buffer.concat([Buffer.from('P6 16 16 255\n'), pixels]),
      );
    }
  }
  writeFileSync(join(folder, 'run.yaml'), `data: {path: images}\n${EVALUATED}`);
  return folder;
}

test('images are held out of training for tests: in the plan, in training, in its evaluations and in later ones', async () => {
  const folder = withImages();
  const run = join(folder, 'run');
  const single = 'evaluate.holdout: 1 class of a single image, which stays in training: no test image is of it';
  const plan = await train(folder, ['-c', 'run.yaml', '--dry-run']);
  expect(plan.stdout).toContain('class folders: 37 images in 3 classes, test 12 held out of training\n');
  expect(plan.stdout).toContain('steps          12 = 4 x 3 epochs; 5 images of each epoch left over\n');
  expect(plan.stdout).toContain(single);

  const trained = await train(folder, ['-c', 'run.yaml', '-o', 'run']);
  expect(trained.code).toBe(0);
  expect(trained.stderr).toContain(single);
  const lines = gunzipSync(readFileSync(join(run, 'images.tsv.gz')))
    .toString()
    .trimEnd()
    .split('\n');
  expect(lines).toHaveLength(37);
  expect(existsSync(join(run, 'report.html'))).toBe(true);
  const last = metrics(run)
    .flatMap((record) => (record.type === 'evaluation' ? [record.evaluation] : []))
    .at(-1);
  expect(last?.n).toBe(12);
  expect(last?.protocol['trainImages']).toBe(37);

  const later = await clEval(['knn', '--run', run, '--json', '--quiet']);
  const [evaluation] = (JSON.parse(later.stdout) as { evaluations: { n: number; top1: number }[] }).evaluations;
  expect([evaluation?.n, evaluation?.top1]).toEqual([last?.n, last?.top1]);

  // Other images are taken whole, and have no test images then.
  const other = await clEval(['knn', '--run', run, '--data', join(folder, 'images')]);
  expect(other.code).toBe(2);
  expect(other.stderr).toContain('not applied to --data: evaluate.holdout=0.25; --set applies it\n');
  expect(other.stderr).toContain('or hold some out with --set evaluate.holdout=0.1.');
  expect(
    problem(await train(folder, ['--resume', 'run', '--epochs', '4', ...sets('evaluate.holdout=0.5')]), folder),
  ).toContain('evaluate.holdout: 0.25 -> 0.5');
});

test('where there are test images it is refused, with its place', async () => {
  const folder = withImages();
  for (const name of ['cat', 'dog', 'eel']) {
    mkdirSync(join(folder, 'split/train', name), { recursive: true });
    mkdirSync(join(folder, 'split/test', name), { recursive: true });
    const image = readFileSync(join(folder, 'images', name, '10.ppm'));
    writeFileSync(join(folder, 'split/train', name, '1.ppm'), image);
    writeFileSync(join(folder, 'split/test', name, '1.ppm'), image);
  }
  const told = async (...args: string[]) =>
    problem(await train(folder, ['-c', 'run.yaml', '-d', 'split', ...args]), folder);
  const rest =
    'expected images without a test split, of which some are held out, got 3 test images\nhint: Leave it out (0): the test images that are there are taken.\n';
  const line = 1 + `data: {path: images}\n${EVALUATED}`.split('\n').findIndex((each) => each.startsWith('evaluate'));
  expect(await told('--dry-run')).toBe(`exit 2: error: run.yaml:${line}:21 evaluate.holdout: ${rest}`);
  expect(await told(...sets('evaluate.holdout=0.1'))).toBe(`exit 2: error: --set evaluate.holdout: ${rest}`);
});
