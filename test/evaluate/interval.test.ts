import { describe, expect, it } from 'vitest';
import { isAbove, wilsonInterval } from '../../src/evaluate/interval.ts';

describe('wilsonInterval', () => {
  // scipy.stats.binomtest(k, n).proportion_ci(0.95, 'wilson'), SciPy 1.17.1.
  it.each([
    [0, 10, 0, 0.27753279986288926],
    [7, 10, 0.39677814746114526, 0.892208732593699],
    [4705, 10000, 0.46073045138541174, 0.48029220451845817],
    [100, 100, 0.9630065017930143, 1],
  ])('matches SciPy for %i of %i', (correct, n, low, high) => {
    const interval = wilsonInterval(correct, n);
    expect(interval[0]).toBeCloseTo(low, 12);
    expect(interval[1]).toBeCloseTo(high, 12);
  });

  it('knows nothing without trials', () => {
    expect(wilsonInterval(0, 0)).toEqual([0, 1]);
  });
});

describe('isAbove', () => {
  it('needs intervals that do not overlap', () => {
    expect(isAbove([0.5, 0.6], [0.3, 0.4])).toBe(true);
    expect(isAbove([0.4, 0.6], [0.3, 0.4])).toBe(false);
    expect(isAbove([0.3, 0.4], [0.5, 0.6])).toBe(false);
  });
});
