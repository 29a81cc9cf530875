import { join } from 'node:path';
import { expect, test } from 'vitest';
import { decodingOf } from '../../../src/run/images/decoding.ts';
import { openImages, trainingCount, trainingLayout } from '../../../src/run/images/run-images.ts';
import { load } from '../../config/problems.ts';
import { folderOf, patternPng } from '../../data/temp-files.ts';
import { rejection } from '../rejection.ts';

/** Two classes with training images of one size and test images of another. */
async function dataset(train: readonly [number, number], test: readonly [number, number]): Promise<string> {
  const files: Record<string, Uint8Array | string> = {};
  for (const name of ['cat', 'dog']) {
    for (const i of [0, 1, 2]) files[`train/${name}/${i}.png`] = await patternPng(...train, i);
    files[`test/${name}/0.png`] = await patternPng(...test, 5);
  }
  return folderOf(files);
}

const settings = (path: string, ...sets: string[]) =>
  load(`data: {path: ${path}}\nmethod: {name: simclr}\n`, ...sets).data;

test('equal images are whole in memory', async () => {
  const told: string[] = [];
  const images = await openImages(settings(await dataset([10, 12], [10, 12])), (label, done, total) =>
    told.push(`${label} ${done}/${total}`),
  );
  expect(images.description).toBe('class folders: 6 images in 2 classes, test 2');
  expect(images.storage).toBe('in memory');
  expect(trainingCount(images)).toBe(6);
  expect(trainingLayout(images)).toEqual({ kind: 'whole', height: 10, width: 12 });
  expect(told.filter((line) => /6\/6|2\/2/.test(line))).toEqual([
    'decoding training images 6/6',
    'decoding test images 2/2',
  ]);
  await images.close();
});

test('the budget is shared: what is left of it decides whether test images are held', async () => {
  const path = await dataset([10, 12], [10, 12]);
  const budget = (bytes: number) => openImages(settings(path, `data.memoryBudget=${bytes}`, 'data.cache=off'));
  const [both, one, none] = await Promise.all([budget(8 * 360), budget(7 * 360), budget(5 * 360)]);
  expect([both, one, none].map(({ train, test }) => [train.loaded !== undefined, test?.loaded !== undefined])).toEqual([
    [true, true],
    [true, false],
    [false, true],
  ]);
  expect([both, one, none].map(trainingLayout).map(({ kind }) => kind)).toEqual(['whole', 'whole', 'crops']);
  expect(none.storage).toMatch(/^streamed, because .* exceed /);
  await Promise.all([both, one, none].map((images) => images.close()));
});

test('beyond the memory, auto puts small images alone into a cache file', async () => {
  const narrow = async (size: readonly [number, number], ...sets: string[]) => {
    const images = await openImages(settings(await dataset(size, [2, 2]), 'data.memoryBudget=1kB', ...sets));
    await images.close();
    return images.storage;
  };
  expect(await narrow([128, 128])).toMatch(/^in a cache file in /);
  expect(await narrow([128, 129])).toMatch(/^streamed, .* 129 x 128 is too large for data.cache: auto /);
  expect(await narrow([128, 129], 'data.cache=on')).toMatch(/^in a cache file in /);
});

test('bad images of both splits are listed and not counted', async () => {
  const files: Record<string, Uint8Array | string> = { 'train/b.png': 'text', 'test/a.jpg': '' };
  for (const i of [0, 1, 2]) files[`train/${i}.png`] = files[`test/${i}.png`] = await patternPng(8, 8, i);
  const images = await openImages(settings(folderOf(files)));
  expect(trainingCount(images)).toBe(3);
  expect(images.skipped.map(({ name, reason }) => `${name} ${reason}`)).toEqual([
    'train/b.png is text, not a JPEG, PNG or WebP',
    'test/a.jpg is empty',
  ]);
  await images.close();
});

test('all images bad is an error', async () => {
  const path = folderOf({ 'a.png': 'text', 'b.png': 'text' });
  const message = await rejection(openImages(settings(path, 'data.maxBadShare=1')));
  expect(message).toContain('exit 1: expected at most 100 % bad images, got 2 of 2');
  expect(await rejection(openImages(settings(join(path, 'none'))))).toContain('exit 2: expected a folder or archive');
});

test('as many images are decoded at once as there are cores, or as the user says', async () => {
  expect(decodingOf(settings('/x')).workers).toBeGreaterThanOrEqual(1);
  expect(decodingOf(settings('/x', 'data.workers=3')).workers).toBe(3);
});
