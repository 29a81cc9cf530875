import { expect, it } from 'vitest';
import { spreadEvenly } from '../../src/util/spread-evenly.ts';

it('takes all of a few, and some of many from the first on', () => {
  expect([...spreadEvenly(3, 5)]).toEqual([0, 1, 2]);
  expect([...spreadEvenly(10, 4)]).toEqual([0, 2, 5, 7]);
  expect([...spreadEvenly(0, 4)]).toEqual([]);
});
