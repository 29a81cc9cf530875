import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, onTestFinished, test } from 'vitest';
import { openImages } from '../../../src/run/images/run-images.ts';
import { writeRunSheet } from '../../../src/run/preview/run-sheet.ts';
import { load } from '../../config/problems.ts';
import { folderOf, patternPng, tempFolder } from '../../data/temp-files.ts';
import { resolveOn } from '../resolve.ts';

const { signal } = new AbortController();
const onStatus = (): void => {};

async function run() {
  const files = await Promise.all([0, 1, 2].map(async (i) => [`${i}.png`, await patternPng(20, 24 + i, i)] as const));
  const path = folderOf(Object.fromEntries(files));
  const config = load(
    `data: {path: ${path}, workers: 1}\nmethod: {name: simclr}\nviews: {size: 16}\nschedule: {batchSize: 2}\n`,
  );
  const images = await openImages(config.data);
  onTestFinished(() => images.close());
  return { ...resolveOn(config, images), images: images.train };
}

test('a run draws its first images and their views once', async () => {
  const from = await run();
  const path = join(tempFolder(), 'views.png');
  expect(await writeRunSheet(from, { title: 'simclr', path, onStatus, signal })).toBeUndefined();
  const { width, height } = await sharp(path).metadata();
  expect(Math.min(width, height)).toBeGreaterThan(200);
  const [first, second] = (await sharp(path).stats()).channels;
  // Colours, not the grey of text alone.
  expect(first?.mean).not.toBeCloseTo(second?.mean ?? 0, 1);
  writeFileSync(path, 'mine');
  await writeRunSheet(from, { title: 'simclr', path, onStatus, signal });
  expect(readFileSync(path, 'utf8')).toBe('mine');
});

test('what is in the way of the picture is told, and a stop is a stop', async () => {
  const from = await run();
  const path = join(tempFolder(), 'missing', 'views.png');
  expect(await writeRunSheet(from, { title: 'simclr', path, onStatus, signal })).toMatch(
    /^no picture of the views: .*missing/,
  );
  const elsewhere = join(tempFolder(), 'views.png');
  const stopped = AbortSignal.abort(new Error('stopped'));
  await expect(writeRunSheet(from, { title: 'simclr', path: elsewhere, onStatus, signal: stopped })).rejects.toThrow(
    'stopped',
  );
  expect(existsSync(elsewhere)).toBe(false);
});
