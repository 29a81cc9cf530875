import { setImmediate } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import type { ImageSource } from '../../../src/data/sources/image-source.ts';
import type { RunImages } from '../../../src/run/images/run-images.ts';
import { createTrainingBatches } from '../../../src/run/training/training-batches.ts';
import { load } from '../../config/problems.ts';
import { patternPng } from '../../data/temp-files.ts';
import { resolveOn } from '../resolve.ts';

const BATCH = 8;
/** Batches that load while one is used. */
const AHEAD = 2;

/** A streamed source of 80 images whose reads end when the test says so. */
async function createSource(isHeld: (index: number) => boolean, count = 10 * BATCH) {
  const png = await patternPng(20, 24);
  const held = new Map<number, () => void>();
  const state = { begun: 0, underWay: 0, most: 0 };
  const source: ImageSource = {
    ...{ kind: 'test', description: 'test', count, labels: undefined, classes: [] },
    name: String,
    origin: String,
    async read(index) {
      state.begun++;
      state.most = Math.max(state.most, ++state.underWay);
      await (isHeld(index) ? new Promise<void>((resolve) => held.set(index, resolve)) : setImmediate());
      state.underWay--;
      return png;
    },
  };
  return { source, state, held };
}

function open(source: ImageSource, workers: number, schedule = `batchSize: ${BATCH}`) {
  const images: RunImages = {
    ...{ description: 'test', storage: 'streamed', test: undefined, skipped: [], notes: [], close: async () => {} },
    train: { source, loaded: undefined },
    tellOutages: () => {},
  };
  const config = load(
    `data: {path: x, workers: ${workers}}\nmethod: {name: simclr}\nviews: {size: 16}\nschedule: {${schedule}}`,
  );
  const training = createTrainingBatches(resolveOn(config, images), {
    onBad: () => {},
    signal: new AbortController().signal,
  });
  onTestFinished(training.close);
  return training.batches(0, 0)[Symbol.asyncIterator]();
}

/** Waits until something holds, however long it takes. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await setImmediate();
}

/** Gives whatever can go on every opportunity to do so. */
async function settle(): Promise<void> {
  for (let i = 0; i < 200; i++) await setImmediate();
}

test.each([1, 2, 6])(
  'a slow consumer of %i workers holds back reading: no more than three batches are begun',
  async (workers) => {
    const { source, state } = await createSource(() => false);
    const batches = open(source, workers);
    for (const taken of [1, 2, 3]) {
      expect((await batches.next()).value?.inputs[0]?.['images']?.shape).toEqual([2 * BATCH, 16, 16, 3]);
      // The consumer does not ask for more: what is under way ends, and nothing else begins.
      await until(() => state.begun === (taken + AHEAD) * BATCH && state.underWay === 0);
      await settle();
      expect(state.begun).toBe((taken + AHEAD) * BATCH);
    }
    // A thread for three workers holds one image more.
    expect(state.most).toBeLessThanOrEqual(workers + Math.ceil(workers / 3));
    await batches.return?.();
  },
);

test('memory of batches that are used up is used again, so that a long run takes no more than a short one', async () => {
  const { source } = await createSource(() => false);
  const batches = open(source, 2);
  const used = new Set<ArrayBufferLike>();
  for (let next = await batches.next(); !next.done; next = await batches.next()) {
    used.add(next.value.inputs[0]?.['images']?.data.buffer as ArrayBufferLike);
  }
  expect(used.size).toBe(1 + AHEAD);
});

test.each([1, 4])(
  'reads that never end, of %i workers, are no more than the workers and one a thread',
  async (workers) => {
    const { source, state, held } = await createSource(() => true);
    const batches = open(source, workers);
    const first = batches.next();
    const limit = workers + Math.ceil(workers / 3);
    await until(() => state.begun === limit);
    await settle();
    expect(state.begun).toBe(limit);
    const [one] = held.values();
    one?.();
    await until(() => state.begun === limit + 1);
    await settle();
    expect(state.begun).toBe(limit + 1);
    const letGo = setInterval(() => {
      for (const end of held.values()) end();
      held.clear();
    }, 1);
    await first;
    await batches.return?.();
    clearInterval(letGo);
  },
);

test('an image that is slow holds up its own batch alone, and the order stays', async () => {
  let slow: number | undefined;
  const { source, state, held } = await createSource((index) => {
    slow ??= index;
    return index === slow;
  });
  const batches = open(source, 1);
  let isFirstThere = false;
  const first = batches.next().then((result) => {
    isFirstThere = true;
    return result;
  });
  // The rest of its batch and the two batches behind it are read meanwhile.
  await until(() => state.begun === (1 + AHEAD) * BATCH && state.underWay === 1);
  await settle();
  expect(isFirstThere).toBe(false);
  held.get(slow as number)?.();
  expect((await first).done).toBe(false);
  const rest: number[] = [];
  for (let next = await batches.next(); !next.done; next = await batches.next()) rest.push(next.value.inputs.length);
  expect(rest).toEqual(Array(9).fill(1));
  expect(state.begun).toBe(10 * BATCH);
});

test('batches that make no whole step are not loaded, and the memory of all others is used again', async () => {
  const { source, state } = await createSource(() => false, 31);
  const batches = open(source, 2, 'batchSize: 4, accumulate: 4');
  const sizes: number[] = [];
  for (let next = await batches.next(); !next.done; next = await batches.next()) sizes.push(next.value.inputs.length);
  await settle();
  expect(sizes).toEqual([4]);
  expect(state.begun).toBe(16);
});
