import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { RunConfig } from '../../../src/config/run-config.ts';
import type { SkippedImage } from '../../../src/data/sources/bad-images.ts';
import { openImages, trainingCount } from '../../../src/run/images/run-images.ts';
import { createTrainingBatches } from '../../../src/run/training/training-batches.ts';
import type { BatchInputs } from '../../../src/run/views/view-loader.ts';
import type { HostTensor } from '../../../src/runtime/host-tensor.ts';
import { load } from '../../config/problems.ts';
import { patternPng, tempFolder } from '../../data/temp-files.ts';
import { resolveOn } from '../resolve.ts';

/** A folder with 14 images, of one size or of many, and one bad file in the midst. */
async function images(kind: 'equal' | 'mixed'): Promise<string> {
  const folder = join(tempFolder(), 'images');
  mkdirSync(folder);
  for (let i = 0; i < 14; i++) {
    const [height, width] = kind === 'equal' ? [20, 24] : [12 + ((i * 5) % 11), 12 + ((i * 7) % 13)];
    writeFileSync(join(folder, `${String.fromCharCode(97 + i)}.png`), await patternPng(height, width, i));
  }
  writeFileSync(join(folder, 'g2.png'), 'no image');
  return folder;
}

function config(path: string, ...sets: string[]): RunConfig {
  const text = `data: {path: ${path}, maxBadShare: 0.1}\nmethod: {name: simclr}\nviews: {size: 16}\nschedule: {batchSize: 4, epochs: 3}\n`;
  return load(text, ...sets);
}

interface Taken {
  readonly batches: readonly BatchInputs[];
  readonly bad: readonly SkippedImage[];
}

function copied(inputs: BatchInputs): BatchInputs {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, { data, ...rest }]) => [name, { ...rest, data: data.slice() } as HostTensor]),
  );
}

/** The batches of an epoch after `skip`. */
async function take(settings: RunConfig, epoch: number, skip = 0): Promise<Taken> {
  const opened = await openImages(settings.data);
  const bad: SkippedImage[] = [...opened.skipped];
  const { signal } = new AbortController();
  const training = createTrainingBatches(resolveOn(settings, opened), {
    onBad: (skipped) => bad.push(skipped),
    signal,
  });
  const batches: BatchInputs[] = [];
  for await (const { inputs, waitedMs } of training.batches(epoch, skip)) {
    expect(waitedMs).toBeGreaterThanOrEqual(0);
    // Their memory is used again.
    batches.push(...inputs.map(copied));
  }
  await training.close();
  await opened.close();
  return { batches, bad };
}

test.each(['equal', 'mixed'] as const)(
  'images of %s size give the same batches however many decode at once, and from any step on',
  async (kind) => {
    const path = await images(kind);
    const one = await take(config(path, 'data.workers=1'), 1);
    expect(one.batches).toHaveLength(3);
    expect(one.bad.map(({ name }) => name)).toEqual(['g2.png']);
    const rows = kind === 'equal' ? [4, 20, 24, 3] : [8, 16, 16, 3];
    expect(one.batches[0]?.['images']?.shape).toEqual(rows);

    expect((await take(config(path, 'data.workers=7'), 1)).batches).toEqual(one.batches);
    expect((await take(config(path, 'data.workers=2'), 1, 2)).batches).toEqual(one.batches.slice(2));
    expect((await take(config(path), 1, 3)).batches).toEqual([]);
  },
);

test('images in memory, in memory from a cache file, and in a cache file give the same batches', async () => {
  const path = await images('equal');
  const memory = await take(config(path, 'data.cache=off'), 1);
  expect(memory.batches).toHaveLength(3);
  const ways = [
    ['data.cache=on', /^in memory, kept in a cache file/],
    ['data.cache=on', /^in memory, read from the cache file/],
    ['data.memoryBudget=9kB', /^in a cache file in /],
  ] as const;
  for (const [way, storage] of ways) {
    const opened = await openImages(config(path, way).data);
    expect(opened.storage).toMatch(storage);
    await opened.close();
    if (way === 'data.cache=on') continue;
    const other = await take(config(path, way), 1);
    expect(other.batches).toEqual(memory.batches);
    expect(other.bad).toEqual(memory.bad);
  }
  const cached = await take(config(path, 'data.cache=on'), 1);
  expect(cached).toEqual(memory);
});

test('epochs and seeds differ in their images and their views', async () => {
  const path = await images('equal');
  const [first] = (await take(config(path), 0)).batches;
  const [second] = (await take(config(path), 1)).batches;
  const [other] = (await take(config(path, 'seed=1'), 0)).batches;
  for (const batch of [second, other]) {
    expect(Object.keys(batch ?? {})).toEqual(Object.keys(first ?? {}));
    const [{ images: here, ...drawn }, { images: there, ...drawnThere }] = [batch, first] as [BatchInputs, BatchInputs];
    expect(here).not.toEqual(there);
    expect(drawn).not.toEqual(drawnThere);
  }
});

test('an epoch in memory takes every image at most once, and leaves out what fills no batch', async () => {
  const { batches } = await take(config(await images('equal')), 0);
  const seen = batches.flatMap((batch) => {
    const { data } = batch['images'] as { data: Uint8Array };
    return Array.from({ length: 4 }, (_, row) => Buffer.from(data.slice(row * 1440, (row + 1) * 1440)).toString('hex'));
  });
  expect(new Set(seen).size).toBe(12);
});

test('images that exceed the memory budget are streamed, and views come in the same order of images', async () => {
  const path = await images('equal');
  const opened = await openImages(config(path, 'data.memoryBudget=9kB', 'data.cache=off').data);
  expect(opened.storage).toMatch(/^streamed, because /);
  expect(trainingCount(opened)).toBe(15);
  await opened.close();
  const { batches, bad } = await take(config(path, 'data.memoryBudget=9kB', 'data.cache=off'), 0);
  expect(batches.map((batch) => batch['images']?.shape)).toEqual([1, 2, 3].map(() => [8, 16, 16, 3]));
  expect(bad.length).toBeLessThanOrEqual(1);
});

test('an abort ends the batches without an error', async () => {
  const settings = config(await images('mixed'));
  const opened = await openImages(settings.data);
  const controller = new AbortController();
  const training = createTrainingBatches(resolveOn(settings, opened), { onBad: () => {}, signal: controller.signal });
  let count = 0;
  for await (const _ of training.batches(0, 0)) {
    count++;
    controller.abort();
  }
  expect(count).toBe(1);
  await training.close();
  await opened.close();
});

test('batches are handed over in order, whole, and give back the rest; others are loaded meanwhile', async () => {
  const settings = config(await images('mixed'), 'data.workers=3');
  const wanted = (await take(settings, 1)).batches;
  const opened = await openImages(settings.data);
  const staged: BatchInputs[] = [];
  let isBusy = false;
  const { signal } = new AbortController();
  const training = createTrainingBatches(resolveOn(settings, opened), {
    onBad: () => {},
    async stage(inputs) {
      // One after the other, as their order is that of the steps.
      expect(isBusy).toBe(false);
      isBusy = true;
      staged.push(copied(inputs));
      await new Promise((resolve) => setTimeout(resolve, 5));
      isBusy = false;
      const { images: _, ...rest } = inputs;
      return rest;
    },
    signal,
  });
  const rests: BatchInputs[] = [];
  for await (const { inputs } of training.batches(1, 0)) {
    rests.push(...inputs.map(copied));
    expect(staged.length).toBeGreaterThanOrEqual(rests.length);
  }
  await training.close();
  await opened.close();
  expect(staged).toEqual(wanted);
  expect(rests).toEqual(wanted.map(({ images: _, ...rest }) => rest));
});
