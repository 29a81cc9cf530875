import { expect, test } from 'vitest';
import type { RunConfig } from '../../../src/config/run-config.ts';
import { planSteps } from '../../../src/run/assembly/steps.ts';
import { load, messageOf } from '../../config/problems.ts';

const config = (...sets: string[]): RunConfig => load('data: {path: x}\nmethod: {name: simclr}\n', ...sets);

test('steps drop the incomplete batch; warm-up counts the same steps', () => {
  const steps = planSteps(10_000, config('schedule.epochs=20', 'schedule.batchSize=256', 'schedule.warmupEpochs=1'));
  expect(steps).toMatchObject({ perEpoch: 39, total: 780, warmup: 39, peakRate: 0.06 });
  expect(steps.learningRate(0)).toBeCloseTo(0.06 / 39, 12);
  expect(steps.learningRate(38)).toBeCloseTo(0.06, 12);
  expect(steps.learningRate(779)).toBe(0);
});

test('a fraction of an epoch warms up for that share of its steps', () => {
  expect(planSteps(1000, config('schedule.batchSize=10', 'schedule.warmupEpochs=0.25')).warmup).toBe(25);
});

test('the cosine ends at the share that is set', () => {
  const steps = planSteps(512, config('schedule.epochs=3', 'schedule.decay.end=0.1', 'optimizer.learningRate=1'));
  expect(steps.learningRate(steps.total - 1)).toBeCloseTo(0.1, 12);
});

test.each([
  ['linear', 0.24],
  ['sqrt', 0.12],
  ['none', 0.06],
])('%s scaling of 0.06 for a batch of 1024 gives %f', (scaling, rate) => {
  const { peakRate } = planSteps(2000, config('schedule.batchSize=1024', `optimizer.scaling=${scaling}`));
  expect(peakRate).toBeCloseTo(rate, 12);
});

test('a step of several batches takes their images: fewer steps, and a learning rate for all of them', () => {
  const steps = planSteps(1030, config('schedule.batchSize=64', 'schedule.accumulate=8', 'schedule.epochs=5'));
  expect(steps).toMatchObject({ imagesPerStep: 512, perEpoch: 2, total: 10, peakRate: 0.12 });
  expect(planSteps(1030, config())).toMatchObject({ imagesPerStep: 256, perEpoch: 4 });
});

test('the unit, the warm-up and the decay of the schedule are those of the settings', () => {
  const rates = (...sets: string[]) => {
    const steps = planSteps(
      1000,
      config('schedule.batchSize=100', 'schedule.epochs=4', 'optimizer.scaling=none', ...sets),
    );
    return [0, 9, 10, 20, 39].map((step) => Number(steps.learningRate(step).toPrecision(4)));
  };
  const rate = 'optimizer.learningRate=1';
  expect(rates(rate, 'schedule.decay={name: constant}', 'schedule.warmupEpochs=1')).toEqual([0.1, 1, 1, 1, 1]);
  expect(rates(rate, 'schedule.decay={name: constant}', 'schedule.warmupEpochs=1', 'schedule.warmupFrom=0')).toEqual([
    0, 0.9, 1, 1, 1,
  ]);
  expect(rates(rate, 'schedule.decay={name: step, milestones: [1, 3], factor: 0.5}')).toEqual([1, 1, 0.5, 0.5, 0.25]);
  expect(rates(rate, 'schedule.every=epoch')).toEqual([1, 1, 0.8536, 0.5, 0.1464]);
});

test('one batch may be the whole data set, but not more', () => {
  expect(planSteps(256, config()).perEpoch).toBe(1);
  expect(messageOf(() => planSteps(255, config()))).toMatchInlineSnapshot(`
    "exit 2: schedule.batchSize: expected at most the 255 training images, got 256
    hint: --set schedule.batchSize=128"
  `);
  expect(messageOf(() => planSteps(1, config()))).toMatchInlineSnapshot(`
    "exit 2: schedule.batchSize: expected at most the 1 training image, got 256
    hint: use more images"
  `);
  const accumulated = (...sets: string[]) => messageOf(() => planSteps(255, config('schedule.accumulate=4', ...sets)));
  expect(accumulated('schedule.batchSize=64')).toMatchInlineSnapshot(`
    "exit 2: schedule.batchSize x schedule.accumulate: expected at most the 255 training images, got 64 x 4 = 256
    hint: --set schedule.accumulate=3"
  `);
  expect(accumulated('schedule.batchSize=256')).toMatchInlineSnapshot(`
    "exit 2: schedule.batchSize x schedule.accumulate: expected at most the 255 training images, got 256 x 4 = 1024
    hint: --set schedule.batchSize=32"
  `);
});
