import { describe, expect, it } from 'vitest';
import { emaDecaySchedule } from '../../src/optim/ema-schedule.ts';
import { readVectors } from '../support-tensors.ts';

interface Vectors {
  cosine_schedule: { start_value: number; end_value: number; max_steps: number; steps: number[]; value: number[] }[];
}

describe('emaDecaySchedule', () => {
  it.each(readVectors<Vectors>('schedules').cosine_schedule.filter(({ max_steps }) => max_steps > 1))(
    'equals lightly from $start_value to $end_value in $max_steps steps, which has its end a step earlier',
    ({ start_value, end_value, max_steps, steps, value }) => {
      const decay = emaDecaySchedule({ start: start_value, end: end_value, totalSteps: max_steps - 1 });
      steps.forEach((step, i) => {
        expect(decay(step)).toBeCloseTo(value[i] ?? Number.NaN, 6);
      });
    },
  );

  it('is 1 - (1 - start)(cos(pi t / T) + 1) / 2, with T the steps of the run', () => {
    const decay = emaDecaySchedule({ start: 0.99, end: 1, totalSteps: 8 });
    expect(decay(0)).toBeCloseTo(0.99, 12);
    expect(decay(2)).toBeCloseTo(1 - 0.01 * ((Math.SQRT1_2 + 1) / 2), 12);
    expect(decay(4)).toBeCloseTo(0.995, 12);
    expect(decay(7)).toBeLessThan(1);
    expect(decay(7)).toBeCloseTo(1 - 0.01 * ((Math.cos((Math.PI * 7) / 8) + 1) / 2), 12);
    expect(decay(8)).toBe(1);
  });

  it('is constant where it ends as it starts, to the bit', () => {
    const decay = emaDecaySchedule({ start: 0.999, end: 0.999, totalSteps: 3 });
    expect([0, 1, 2].map(decay)).toEqual([0.999, 0.999, 0.999]);
  });
});
