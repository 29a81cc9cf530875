import { expect, it } from 'vitest';
import { CASES } from '../../bench/lib/interop-cases.ts';
import { relativeError } from '../../bench/lib/interop-jobs.ts';
import { RESNETS, VITS } from '../../src/backbones/create-backbone.ts';

it('takes every backbone to other tools, ResNets with both stems', () => {
  const names = CASES.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const name of Object.keys(RESNETS).filter((each) => !each.endsWith('x2'))) {
    expect(names).toEqual(expect.arrayContaining([`${name}/cifar`, `${name}/imagenet`]));
  }
  expect(names).toEqual(expect.arrayContaining(Object.keys(VITS)));
  const counterparts = CASES.filter(({ name }) => !name.includes('x2')).map((each) => each.counterparts.length);
  expect(new Set(counterparts)).toEqual(new Set([2]));
});

it('relates the largest difference to the largest value', () => {
  expect(relativeError([1, -3.5, 2], [1, -4, 2.25])).toBeCloseTo(0.5 / 4, 12);
  expect(relativeError([0], [0])).toBeNaN();
  expect(() => relativeError([1], [1, 2])).toThrow('Expected 2 values, got 1.');
});
