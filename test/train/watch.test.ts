import { describe, expect, it } from 'vitest';
import { createWatch } from '../../src/train/watch.ts';

const CHANCE = 5;

/** The warnings of a run whose step i (from 1) has the loss and the embeddingStd given. */
function warnings(count: number, at: (step: number) => { loss: number; embeddingStd?: number }, stepsAtChance = 0) {
  const watch = createWatch({ chanceLoss: CHANCE, stepsAtChance });
  return Array.from({ length: count }, (_, i) => {
    const step = i + 1;
    const { loss, ...metrics } = at(step);
    const rates = { learningRate: 0.1, imagesPerSecond: 1, waitShare: 0 };
    return watch({ type: 'step', step, epoch: 1, loss, metrics, ...rates });
  }).filter((event) => event !== undefined);
}

describe('the watch', () => {
  it('is silent while the loss falls and the embeddings fill the sphere', () => {
    expect(warnings(1000, (step) => ({ loss: Math.max(3, CHANCE - step / 100), embeddingStd: 0.9 }))).toEqual([]);
  });

  it('warns once of a loss that stays at chance, not in the first steps', () => {
    const told = warnings(600, () => ({ loss: CHANCE, embeddingStd: 0.9 }));
    expect(told).toHaveLength(1);
    expect(told[0]).toMatchObject({ type: 'warning', step: 200 });
    expect(told[0]?.message).toContain('the loss has not left chance (5.000) after 200 steps');
    expect(told[0]?.hint).toContain('learning rate');
    expect(warnings(199, () => ({ loss: CHANCE, embeddingStd: 0.9 }))).toEqual([]);
  });

  it('waits longer where a method says that chance is normal at first', () => {
    expect(warnings(600, () => ({ loss: CHANCE }), 500).map(({ step }) => step)).toEqual([500]);
  });

  it('does not take a step without a loss for the course of the run', () => {
    expect(warnings(600, (step) => ({ loss: step === 10 ? Number.NaN : CHANCE })).map(({ step }) => step)).toEqual([
      200,
    ]);
    expect(warnings(600, (step) => ({ loss: step === 10 ? Number.NaN : 1 }))).toEqual([]);
  });

  it('does not take one bad step for the course of the run', () => {
    expect(warnings(600, (step) => ({ loss: step % 50 === 0 ? 2 * CHANCE : 0.7 * CHANCE }))).toEqual([]);
  });

  it('warns once of collapsed embeddings', () => {
    const told = warnings(600, (step) => ({ loss: 1, embeddingStd: step < 300 ? 0.5 : 0.01 }));
    expect(told).toHaveLength(1);
    expect(told[0]).toMatchObject({ type: 'warning', step: 300 });
    expect(told[0]?.message).toContain('collapsed');
  });

  it('tells of both when both happen, once each', () => {
    const told = warnings(600, (step) => ({ loss: CHANCE, embeddingStd: step < 300 ? 0.9 : 0.01 }));
    expect(told.map(({ step }) => step)).toEqual([200, 300]);
    const recovered = warnings(900, (step) => ({ loss: CHANCE, embeddingStd: step < 300 ? 0.01 : 0.9 }));
    expect(recovered.map(({ step }) => step)).toEqual([200, 300]);
  });

  it('judges methods without embeddings by their loss alone', () => {
    expect(warnings(600, () => ({ loss: 1 }))).toEqual([]);
  });
});
