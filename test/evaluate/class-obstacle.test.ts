import { expect, it } from 'vitest';
import { classObstacle } from '../../src/evaluate/class-obstacle.ts';
import { evaluateKnn, evaluateLinearProbe } from '../../src/evaluate/evaluation.ts';
import type { LabelledFeatures } from '../../src/evaluate/labelled-features.ts';

const CLASSES = ['cat', 'dog', 'eel'];
const CASES = [
  ['one class', [0, 0], [0, 0], 'all training images are of one class (cat)'],
  ['one class of training images', [1, 1], [0, 1, 2], 'all training images are of one class (dog)'],
  ['one class of test images', [0, 1, 2], [2, 2], 'all test images are of one class (eel)'],
  ['a single image each', [0], [1], 'all training images are of one class (cat)'],
  ['no class in both', [0, 0, 1], [2, 2, 3], 'no test image is of a class of the training images'],
  ['several classes', [0, 0, 1], [0, 2, 1], undefined],
  ['one image of each class', [0, 1, 2], [0, 1, 2], undefined],
] as const;

it.each(CASES)('says why classes say nothing of an encoder: %s', (_, train, test, wanted) => {
  expect(classObstacle(Int32Array.from(train), Int32Array.from(test), CLASSES)).toBe(wanted);
});

const features = (labels: readonly number[]): LabelledFeatures => ({
  features: Float32Array.from(labels, (label) => label + 1),
  labels: Int32Array.from(labels),
  count: labels.length,
  width: 1,
  classes: 4,
});

it.each(CASES.filter(([, , , reason]) => reason !== undefined))('no number is given for %s', async (_, train, test) => {
  const sets = { train: features(train), test: features(test) };
  for (const evaluate of [evaluateKnn, evaluateLinearProbe]) {
    await expect(evaluate({ subject: 'pixels', transform: 'none', ...sets })).rejects.toThrow(
      /^Expected images of at least two classes, but (all (training|test) images are of one class|no test image is)/,
    );
  }
});
