import { expect, test } from 'vitest';
import { buildModel } from '../../../src/run/assembly/model.ts';
import { resolveEvaluation } from '../../../src/run/assembly/resolve-run.ts';
import type { Embed } from '../../../src/run/encoder/embed-images.ts';
import { evaluateFeatures } from '../../../src/run/evaluation/evaluate-encoder.ts';
import { createLeftOut } from '../../../src/run/evaluation/left-out.ts';
import { evaluationObstacle, labelsOf } from '../../../src/run/images/evaluation-obstacle.ts';
import { openImages } from '../../../src/run/images/run-images.ts';
import { load } from '../../config/problems.ts';
import { folderOf, patternPng } from '../../data/temp-files.ts';

const { signal } = new AbortController();

/** Images of class c have 37 c as their first value. */
const firstPixel: Embed = async ({ data, count, height, width }) => ({
  features: Float32Array.from({ length: count }, (_, i) => 1 + (data[i * height * width * 3] as number)),
  count,
  width: 1,
});

/** Opens a folder of images, `split/class/name.png`; those of class c are pictures of its own, those named bad none. */
async function open(names: readonly string[], settings: string) {
  const kinds = await Promise.all([0, 1, 2].map((seed) => patternPng(8, 8, seed)));
  const files = names.map((name): [string, Uint8Array | string] => [
    name,
    name.includes('bad') ? 'none' : (kinds['abc'.indexOf(name.split('/')[1] as string)] as Buffer),
  ]);
  const config = load(
    `data: {path: ${folderOf(Object.fromEntries(files))}, cache: off, ${settings}}\n` +
      'method: {name: simclr}\nviews: {size: 8}\nbackbone: {stem: cifar}\n',
  );
  const images = await openImages(config.data);
  return { images, parts: resolveEvaluation(config, buildModel(config), images) };
}

const numbered = (folder: string, from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, i) => `${folder}/${String(from + i).padStart(2, '0')}.png`);

test.each([
  ['streamed', 'memoryBudget: 1kB'],
  ['in memory', 'memoryBudget: 1MB'],
])('bad images are told once, with their number and place, and are not counted: %s', async (_, settings) => {
  const names = [
    ...numbered('train/a', 0, 20),
    ...numbered('train/b', 0, 20),
    'train/b/bad.png',
    ...numbered('test/a', 0, 9),
    ...numbered('test/b', 0, 7),
    ...['test/a/bad-0.png', 'test/b/bad-1.png', 'test/b/bad-2.png', 'test/b/bad-3.png'],
  ];
  const { images, parts } = await open(names, `maxBadShare: 0.3, ${settings}`);
  const told: string[] = [];
  const leftOut = createLeftOut((message) => void told.push(message));
  const request = { kinds: ['knn'], subject: 'pretrained', signal, leftOut } as const;
  for (const epoch of [1, 2]) {
    const [evaluation] = await evaluateFeatures(parts, { ...request, epoch }, firstPixel);
    expect(evaluation).toMatchObject({ n: 16, protocol: { trainImages: 40, testImages: 16 } });
  }
  expect(told).toEqual([
    'the evaluation leaves out 1 of 41 training images: train/b/bad.png is text, not a JPEG, PNG or WebP',
    `the evaluation leaves out 4 of 20 test images: ${['a/bad-0', 'b/bad-1', 'b/bad-2'].map((name) => `test/${name}.png is text, not a JPEG, PNG or WebP`).join('; ')}; and 1 more`,
  ]);
  expect(leftOut.list().map(({ name }) => name)).toHaveLength(5);
  await images.close();
});

test('what was told elsewhere is not told again', async () => {
  const told: string[] = [];
  const image = (index: number) => ({ index, name: `${index}.png`, reason: 'is empty' });
  const leftOut = createLeftOut(
    (message) => void told.push(message),
    (split) => (split === 'training' ? [image(1)] : []),
  );
  await leftOut.tell('training', [image(1)], 10);
  await leftOut.tell('training', [image(1), image(2)], 10);
  await leftOut.tell('test', [image(1)], 5);
  expect(told).toEqual([
    'the evaluation leaves out 1 of 10 training images: 2.png is empty',
    'the evaluation leaves out 1 of 5 test images: 1.png is empty',
  ]);
});

test('too many bad test images cost the evaluation, not who asked for it', async () => {
  const bad = Array.from({ length: 5 }, (_, i) => `test/b/bad-${i}.png`);
  const names = [...numbered('train/a', 0, 9), ...numbered('train/b', 0, 9), ...numbered('test/a', 0, 5), ...bad];
  const { images, parts } = await open(names, 'memoryBudget: 1kB');
  const failures: string[] = [];
  const request = { kinds: ['knn'], subject: 'pretrained', signal } as const;
  const onFailure = (message: string): void => void failures.push(message);
  expect(await evaluateFeatures(parts, { ...request, onFailure }, firstPixel)).toEqual([]);
  expect(failures).toEqual([
    expect.stringMatching(/^no evaluation of the pretrained encoder: expected at most 1 % bad images, got 2 of 10/),
  ]);
  await expect(evaluateFeatures(parts, request, firstPixel)).rejects.toThrow(/expected at most 1 % bad images/);
  await images.close();
});

test.each([
  [['train/a/0.png', 'train/b/1.png', 'test/b/0.png', 'test/b/1.png'], 'all test images are of one class (b)'],
  [['train/a/0.png', 'train/b/bad.png', 'test/a/0.png', 'test/b/1.png'], 'all training images are of one class (a)'],
  [['train/a/0.png', 'train/b/1.png', 'test/a/0.png', 'test/b/1.png'], undefined],
])('images of one class allow no evaluation: %j', async (names, reason) => {
  const { images } = await open(names, 'maxBadShare: 0.5');
  expect(evaluationObstacle(labelsOf(images))).toEqual(reason && { wanted: 'of at least two classes', reason });
  await images.close();
});
