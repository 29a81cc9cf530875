import { expect, test } from 'vitest';
import { planSteps } from '../../../src/run/assembly/steps.ts';
import { batchLine, stepLines } from '../../../src/run/plan/step-text.ts';
import { load } from '../../config/problems.ts';

/** The lines of a plan for 1030 images and 10 epochs of steps of 100. */
function lines(...sets: string[]): string {
  const base = ['schedule.epochs=10', 'schedule.batchSize=100', 'optimizer.learningRate=0.1'];
  const config = load('data: {path: x}\nmethod: {name: simclr}\n', ...base, ...sets);
  const plan = { config, imageCount: 1030, steps: planSteps(1030, config) };
  return `\n${[batchLine(plan), ...stepLines(plan)].join('\n')}\n`;
}

test('a warm-up and a cosine per step', () => {
  expect(lines('schedule.warmupEpochs=2')).toMatchInlineSnapshot(`
    "
    100 images, 200 views
    100 = 10 x 10 epochs; 30 images of each epoch left over
    sgd, learning rate 0.03906 (0.1 x 100/256), warm-up until step 20, then a cosine
    at 0 %: 0.001953, warm: 0.03906, 25 %: 0.03868, 50 %: 0.02674, 75 %: 0.008883, 100 %: 0
    "
  `);
});

test('a warm-up from a share, a cosine per epoch to a share, another scaling', () => {
  expect(
    lines(
      'schedule.warmupEpochs=2',
      'schedule.warmupFrom=0.001',
      'schedule.every=epoch',
      'schedule.decay.end=0.25',
      'optimizer.scaling=sqrt',
    ),
  ).toMatchInlineSnapshot(`
    "
    100 images, 200 views
    100 = 10 x 10 epochs; 30 images of each epoch left over
    sgd, learning rate 0.0625 (0.1 x sqrt(100/256)), warm-up from 0.1 % until step 20, then a cosine to 25 %, changing every epoch
    at 0 %: 0.0000625, warm: 0.0625, 25 %: 0.0625, 50 %: 0.04803, 75 %: 0.03009, 100 %: 0.01741
    "
  `);
});

test('milestones, steps of several batches, clipped gradients', () => {
  expect(
    lines(
      'schedule.batchSize=50',
      'schedule.accumulate=4',
      'schedule.decay={name: step, milestones: [6, 8]}',
      'optimizer={name: adamw, clipGradientNorm: 1}',
      'optimizer.scaling=none',
    ),
  ).toMatchInlineSnapshot(`
    "
    50 images, 100 views; 4 batches make a step of 200 images
    50 = 5 x 10 epochs; 30 images of each epoch left over
    adamw, learning rate 0.00015 (0.00015), gradients clipped to 1, no warm-up, times 0.1 at epoch 6, 8
    at 0 %: 0.00015, 25 %: 0.00015, 50 %: 0.00015, 75 %: 0.000015, 100 %: 0.0000015
    "
  `);
});

test('no decay', () => {
  expect(lines('schedule.decay.name=constant')).toMatchInlineSnapshot(`
    "
    100 images, 200 views
    100 = 10 x 10 epochs; 30 images of each epoch left over
    sgd, learning rate 0.03906 (0.1 x 100/256), no warm-up, then constant
    at 0 %: 0.03906, 25 %: 0.03906, 50 %: 0.03906, 75 %: 0.03906, 100 %: 0.03906
    "
  `);
});
