import { describe, expect, it } from 'vitest';
import { cosine, cosineWarmup, scaleLearningRate } from '../../src/optim/schedule.ts';
import { readVectors } from '../support-tensors.ts';

interface Vectors {
  cosine_warmup: {
    base_lr: number;
    warmup_steps: number;
    max_steps: number;
    end_value: number;
    steps: number[];
    lr: number[];
  }[];
  cosine_schedule: { start_value: number; end_value: number; max_steps: number; steps: number[]; value: number[] }[];
}
const vectors = readVectors<Vectors>('schedules');

const expectRelative = (got: number, wanted: number): void =>
  expect(Math.abs(got - wanted)).toBeLessThanOrEqual(1e-6 * Math.abs(wanted) + 1e-15);

describe('cosineWarmup', () => {
  it.each(vectors.cosine_warmup)('equals lightly over $max_steps steps with $warmup_steps of warm-up', (vector) => {
    const rate = cosineWarmup({
      base: vector.base_lr,
      warmupSteps: vector.warmup_steps,
      totalSteps: vector.max_steps,
      end: vector.end_value,
    });
    vector.steps.forEach((step, i) => {
      expectRelative(rate(step), vector.lr[i] ?? Number.NaN);
    });
  });

  it('falls in every step after the warm-up and ends at exactly 0', () => {
    const rate = cosineWarmup({ base: 0.3, warmupSteps: 10, totalSteps: 100, end: 0 });
    for (let step = 11; step < 100; step++) expect(rate(step)).toBeLessThan(rate(step - 1));
    expect(rate(99)).toBe(0);
  });
});

describe('cosine', () => {
  it.each(vectors.cosine_schedule)('equals lightly from $start_value to $end_value over $max_steps steps', (vector) => {
    const value = cosine({ start: vector.start_value, end: vector.end_value, steps: vector.max_steps });
    vector.steps.forEach((step, i) => {
      expectRelative(value(step), vector.value[i] ?? Number.NaN);
    });
  });
});

describe('scaleLearningRate', () => {
  it.each([
    ['linear', 1.2],
    ['sqrt', 0.6],
    ['none', 0.3],
  ] as const)('follows the %s rule', (rule, wanted) => {
    expect(scaleLearningRate(0.3, 1024, rule)).toBeCloseTo(wanted, 12);
  });
});
