import { expect, test } from 'vitest';
import { nearest, nearestValue } from '../../src/config/suggest.ts';

const KEYS = ['learningRate', 'momentum', 'weightDecay', 'batchSize', 'seed', 'k', 'log', 'epsilon', 'accumulate'];

test.each([
  ['learningrate', 'learningRate'],
  ['learning_rate', 'learningRate'],
  ['learnigRate', 'learningRate'],
  ['lr', 'learningRate'],
  ['wd', 'weightDecay'],
  ['momentumm', 'momentum'],
  ['sede', 'seed'],
  ['moment', 'momentum'],
  ['logs', 'log'],
  ['eps', 'epsilon'],
  ['accumulate_grad_batches', 'accumulate'],
])('%s means %s', (typed, meant) => {
  expect(nearest(typed, KEYS)).toBe(meant);
});

test.each(['x', 'dropout', 'zz', ''])('%j means nothing known', (typed) => {
  expect(nearest(typed, KEYS)).toBeUndefined();
});

test.each([
  ['no', ['auto', 'on', 'off'], 'off'],
  [false, ['auto', 'on', 'off'], 'off'],
  ['Never', ['auto', 'on', 'off'], 'off'],
  ['yes', ['auto', 'on', 'off'], 'on'],
  [true, ['auto', 'on', 'off'], 'on'],
  ['no', ['auto', 'none'], 'none'],
  ['offf', ['auto', 'on', 'off'], 'off'],
  [3, ['auto', 'on', 'off'], undefined],
])('the value %j of %j means %j', (typed, values, meant) => {
  expect(nearestValue(typed, values)).toBe(meant);
});
