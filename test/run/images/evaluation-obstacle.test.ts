import { expect, test } from 'vitest';
import { probeBytes } from '../../../src/evaluate/probe-limits.ts';
import { allowedKinds, evaluationWarnings, type SplitLabels } from '../../../src/run/images/evaluation-obstacle.ts';

const PLANNED = { linearProbe: true, floors: true, featureSize: 64, viewSize: 32 };
const KINDS = ['knn', 'linear-probe'] as const;

const split = (labels: readonly number[] | undefined): SplitLabels => ({
  labels: labels && Int32Array.from(labels),
  classes: labels === undefined ? [] : ['cat', 'dog', 'eel', 'fly', 'gnu'],
});

test.each([
  ['no labels', undefined, undefined, 'the images have no labels'],
  [
    'no test images',
    [0, 0, 1],
    undefined,
    'there are no test images; --set evaluate.holdout=0.1 holds a tenth of the training images out for it',
  ],
  ['no test images, where holding some out would not help', [0, 0], undefined, 'there are no test images'],
  ['one class', [0, 0], [0], 'all training images are of one class (cat)'],
  ['one class of test images', [0, 1, 1], [1], 'all test images are of one class (dog)'],
  ['other classes', [0, 0, 1], [2, 3], 'no test image is of a class of the training images'],
] as const)('there is no evaluation of %s, and that is all that is said', (_, train, tested, reason) => {
  const labels = { train: split(train), test: tested && split(tested) };
  expect(evaluationWarnings(labels, PLANNED)).toEqual([`no evaluation: ${reason}`]);
  expect(allowedKinds(labels, KINDS)).toEqual([]);
});

test('test images may have no labels where training images have some', () => {
  const labels = { train: split([0, 1, 1]), test: split(undefined) };
  expect(evaluationWarnings(labels, PLANNED)).toEqual(['no evaluation: the test images have no labels']);
});

test('one image of each class is enough for kNN alone', () => {
  const labels = { train: split([0, 1, 2]), test: split([0, 1]) };
  expect(evaluationWarnings(labels, PLANNED)).toEqual([
    'no linear probe: each class has one training image, so that none is left to choose the penalty on',
  ]);
  expect(evaluationWarnings(labels, { ...PLANNED, linearProbe: false })).toEqual([]);
  expect(allowedKinds(labels, KINDS)).toEqual(['knn']);
  const enough = { ...labels, train: split([0, 1, 1]) };
  expect(evaluationWarnings(enough, PLANNED)).toEqual([]);
  expect(allowedKinds(enough, KINDS)).toEqual(KINDS);
});

test('test images of classes that are not trained on are counted', () => {
  const labels = { train: split([0, 0, 1]), test: split([0, 3, 2, 3]) };
  expect(evaluationWarnings(labels, PLANNED)).toEqual([
    '3 test images of classes without training images (eel, fly): no evaluation can get them right',
  ]);
  expect(evaluationWarnings({ ...labels, test: split([0, 1, 4]) }, PLANNED)).toEqual([
    '1 test image of classes without training images (gnu): no evaluation can get them right',
  ]);
});

test('a linear probe that will not fit into memory is told beforehand', () => {
  const labels = { train: split([0, 0, 1]), test: split([0, 1]) };
  // Raw pixels of 32 x 32 are 3072 wide, the encoder's features 64.
  const [encoder, pixels] = [probeBytes(3, 64), probeBytes(3, 3072)];
  expect(evaluationWarnings(labels, PLANNED, pixels)).toEqual([]);
  expect(evaluationWarnings(labels, PLANNED, encoder)).toEqual([
    expect.stringMatching(
      /^the linear probe of the raw pixels takes about 227 MB of memory for 3 images, .* 105 kB are free now/,
    ),
  ]);
  expect(evaluationWarnings(labels, PLANNED, encoder - 1)).toEqual([
    expect.stringMatching(/^the linear probe of the encoder and the raw pixels takes/),
  ]);
  expect(evaluationWarnings(labels, { ...PLANNED, floors: false }, encoder)).toEqual([]);
});
