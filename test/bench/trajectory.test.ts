import { describe, expect, it } from 'vitest';
import { compareLosses, compareStates, partOf, shareOfWay } from '../../bench/lib/compare-runs.ts';
import { METHODS, OPTIMIZERS, selectCases } from '../../bench/lib/trajectory-cases.ts';
import { viewsOfStep } from '../../bench/lib/trajectory-views.ts';
import { float32 } from '../../src/runtime/host-tensor.ts';

describe('the comparison of two trainings', () => {
  it('takes the largest relative difference of the first losses, and a lost one for the worst', () => {
    expect(compareLosses([1, 2.2, 9], [1, 2, 3], 2)).toBeCloseTo(0.1, 12);
    expect(compareLosses([1, 2.2, 9], [1, 2, 3], 3)).toBeCloseTo(2, 12);
    expect(compareLosses([1, Number.NaN], [1, 2], 2)).toBeNaN();
    expect(compareLosses([1], [1, 2], 2)).toBeNaN();
  });

  it('compares each tensor by its root mean square, small ones as if it were 0.1', () => {
    const a = { 'backbone.w': float32([3, 5], [2]), 'backbone.b': float32([0.002], [1]), queue: float32([1], [1]) };
    const b = { 'backbone.w': float32([3, 4], [2]), 'backbone.b': float32([0.001], [1]), queue: float32([1], [1]) };
    const { network, queue } = compareStates(a, b);
    expect(network?.name).toBe('backbone.w');
    expect(network?.value).toBeCloseTo(Math.sqrt(0.5) / Math.sqrt(12.5), 6);
    expect(queue?.value).toBe(0);
    const small = compareStates({ 'backbone.b': a['backbone.b'] }, { 'backbone.b': b['backbone.b'] });
    expect(small.network?.value).toBeCloseTo(0.01, 6);
  });

  it('does not pass over a tensor that is not a number, or that one side lacks', () => {
    const one = { 'backbone.w': float32([1], [1]) };
    expect(compareStates({ 'backbone.w': float32([Number.NaN], [1]) }, one).network?.value).toBeNaN();
    expect(() => compareStates({}, one)).toThrow("'backbone.w'");
    expect(() => compareStates({ ...one, 'backbone.v': one['backbone.w'] }, one)).toThrow("'backbone.v'");
    expect(() => compareStates({ 'backbone.w': float32([1, 1], [2]) }, one)).toThrow('[1], got [2]');
  });

  it('measures the distance by the way from the start', () => {
    const at = (value: number) => ({ 'backbone.w': float32([value], [1]), queue: float32([7 * value], [1]) });
    expect(shareOfWay(at(1.5), at(2), at(0))).toBeCloseTo(0.25, 6);
  });

  it('tells networks, targets, statistics and queues apart', () => {
    expect(
      ['predictor.0.weight', 'target.projector.0.weight', 'target.backbone.bn1.running_var', 'queue.1'].map(partOf),
    ).toEqual(['network', 'target', 'statistics', 'queue']);
  });
});

it('gives every step its own rows of both views', () => {
  // Two steps of two images of one value.
  const views = float32([0, 1, 2, 3, 10, 11, 12, 13], [8, 1, 1, 1]);
  const [first, second] = viewsOfStep(views, 1, 2);
  expect([[...first.data], [...second.data], first.shape]).toEqual([
    [2, 3],
    [12, 13],
    [2, 1, 1, 1],
  ]);
});

it('trains every method with every optimizer', () => {
  expect(selectCases([])).toHaveLength(Object.keys(METHODS).length * Object.keys(OPTIMIZERS).length);
  expect(selectCases(['byol/', '/lars']).map(({ name }) => name)).toContain('byol/adamw');
  expect(new Set(selectCases([]).map(({ method }) => method.name))).toEqual(
    new Set(['simclr', 'moco', 'mocov3', 'byol']),
  );
});
