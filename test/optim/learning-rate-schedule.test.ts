import { describe, expect, it } from 'vitest';
import {
  cosine,
  type LearningRateOptions,
  learningRateSchedule,
  scaleLearningRate,
} from '../../src/optim/learning-rate-schedule.ts';
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

describe('learningRateSchedule', () => {
  const plain: LearningRateOptions = {
    peak: 0.3,
    stepsPerEpoch: 10,
    totalSteps: 100,
    warmupSteps: 0,
    every: 'step',
    decay: { name: 'cosine', end: 0 },
  };
  const rates = (changes: Partial<LearningRateOptions>, steps: readonly number[]) =>
    steps.map(learningRateSchedule({ ...plain, ...changes }));
  const expectRates = (got: readonly number[], wanted: readonly number[]): void => {
    expect(got).toHaveLength(wanted.length);
    got.forEach((rate, i) => {
      expectRelative(rate, wanted[i] ?? Number.NaN);
    });
  };

  it.each(vectors.cosine_warmup)(
    'equals lightly per step over $max_steps steps with $warmup_steps of warm-up',
    ({ base_lr, warmup_steps, max_steps, end_value, steps, lr }) => {
      const decay = { name: 'cosine', end: end_value } as const;
      expectRates(rates({ peak: base_lr, warmupSteps: warmup_steps, totalSteps: max_steps, decay }, steps), lr);
    },
  );

  it('falls in every step after the warm-up and ends at exactly 0', () => {
    const rate = learningRateSchedule({ ...plain, warmupSteps: 10 });
    for (let step = 11; step < 100; step++) expect(rate(step)).toBeLessThan(rate(step - 1));
    expect(rate(99)).toBe(0);
  });

  it("goes per epoch as facebookresearch/moco's cosine: 0.5 (1 + cos(pi epoch / epochs))", () => {
    const wanted = (epoch: number) => 0.3 * 0.5 * (1 + Math.cos((Math.PI * epoch) / 10));
    const got = rates({ every: 'epoch' }, [0, 9, 10, 19, 50, 90, 99]);
    expectRates(got, [0, 0, 1, 1, 5, 9, 9].map(wanted));
  });

  it('ends the cosine per epoch at its share of the peak, after the last epoch', () => {
    const got = rates({ every: 'epoch', decay: { name: 'cosine', end: 0.2 }, warmupSteps: 20 }, [20, 60, 99, 100]);
    const wanted = (epoch: number) => 0.3 * (0.2 + 0.8 * 0.5 * (1 + Math.cos((Math.PI * (epoch - 2)) / 8)));
    expectRates(got, [wanted(2), wanted(6), wanted(9), 0.3 * 0.2]);
  });

  it('warms up from (i + 1)/W, or from a share by i/W', () => {
    expectRates(rates({ warmupSteps: 4 }, [0, 1, 3, 4]), [0.075, 0.15, 0.3, 0.3]);
    expect(rates({ warmupSteps: 4, warmupFrom: 0 }, [0, 1, 3, 4])).toEqual([0, 0.075, 0.3 * 0.75, 0.3]);
    expectRates(rates({ warmupSteps: 4, warmupFrom: 0.2 }, [0, 1, 4]), [0.06, 0.3 * 0.4, 0.3]);
  });

  it('warms up by epochs where the rate changes every epoch', () => {
    const perEpoch = { every: 'epoch', warmupSteps: 20 } as const;
    expectRates(rates(perEpoch, [0, 9, 10, 19, 20]), [0.15, 0.15, 0.3, 0.3, 0.3]);
    expectRates(rates({ ...perEpoch, warmupFrom: 0.5 }, [0, 9, 10, 20]), [0.15, 0.15, 0.3 * 0.75, 0.3]);
  });

  it.each(['step', 'epoch'] as const)('falls by a factor at milestones, per %s', (every) => {
    const decay = { name: 'step', milestones: [6, 8], factor: 0.1 } as const;
    expectRates(
      rates({ decay, every, warmupSteps: 10 }, [10, 59, 60, 79, 80, 99]),
      [0.3, 0.3, 0.03, 0.03, 0.003, 0.003],
    );
  });

  it('meets a milestone within an epoch at its step, or at the next epoch', () => {
    const decay = { name: 'step', milestones: [6.5], factor: 0.1 } as const;
    expectRates(rates({ decay }, [64, 65, 69, 70]), [0.3, 0.03, 0.03, 0.03]);
    expectRates(rates({ decay, every: 'epoch' }, [64, 65, 69, 70]), [0.3, 0.3, 0.3, 0.03]);
  });

  it('stays at the peak when constant', () => {
    expectRates(rates({ decay: { name: 'constant' }, warmupSteps: 3 }, [0, 1, 2, 50, 99]), [0.1, 0.2, 0.3, 0.3, 0.3]);
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
