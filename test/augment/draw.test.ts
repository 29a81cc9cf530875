import { describe, expect, it } from 'vitest';
import { drawView, type ViewDraw } from '../../src/augment/draw.ts';
import { randomStream } from '../../src/util/rng.ts';
import { EVERYTHING } from './settings.ts';

const DRAWS = 100_000;
const draws = Array.from({ length: DRAWS }, (_, i) => drawView(EVERYTHING, 32, 32, randomStream(11, 2, i, 1)));
const jitters = draws.flatMap(({ jitter }) => (jitter ? [jitter] : []));

function share(condition: (draw: ViewDraw) => boolean): number {
  return draws.filter(condition).length / DRAWS;
}

/** Expects a share of `DRAWS` draws within 5 standard errors of a probability. */
function expectProbability(actual: number, probability: number, count = DRAWS): void {
  expect(Math.abs(actual - probability)).toBeLessThan(5 * Math.sqrt((probability * (1 - probability)) / count));
}

/** Pearson's statistic of counts that should be equal. */
function chiSquare(counts: readonly number[]): number {
  const expected = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

function correlation(a: readonly number[], b: readonly number[]): number {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  const covariance = mean(a.map((value, i) => (value - meanA) * ((b[i] ?? 0) - meanB)));
  const deviation = (values: readonly number[], centre: number): number =>
    Math.sqrt(mean(values.map((value) => (value - centre) ** 2)));
  return covariance / (deviation(a, meanA) * deviation(b, meanB));
}

describe('drawView over 100,000 draws', () => {
  it('applies each operation with its probability', () => {
    expectProbability(
      share(({ flip }) => flip),
      0.5,
    );
    expectProbability(
      share(({ jitter }) => jitter !== undefined),
      0.8,
    );
    expectProbability(
      share(({ grey }) => grey),
      0.2,
    );
    expectProbability(
      share(({ blur }) => blur !== undefined),
      0.5,
    );
    expectProbability(
      share(({ solarize }) => solarize === 0.5),
      0.2,
    );
  });

  it('draws all 24 orders of the colour operations equally often', () => {
    const counts = new Map<string, number>();
    for (const { order } of jitters) counts.set(order.join(), (counts.get(order.join()) ?? 0) + 1);
    expect(counts.size).toBe(24);
    // The 99.9 % quantile of chi-square with 23 degrees of freedom.
    expect(chiSquare([...counts.values()])).toBeLessThan(49.73);
  });

  it.each([
    ['brightness', 0.6, 1.4],
    ['contrast', 0.6, 1.4],
    ['saturation', 0.6, 1.4],
    ['hue', -0.1, 0.1],
  ] as const)('draws %s uniformly from %f to %f', (operation, low, high) => {
    const bins = new Array<number>(20).fill(0);
    for (const jitter of jitters) {
      const position = (jitter[operation] - low) / (high - low);
      const bin = Math.floor(position * 20);
      expect(position).toBeGreaterThanOrEqual(0);
      bins[bin] = (bins[bin] ?? Number.NaN) + 1;
    }
    // The 99.9 % quantile of chi-square with 19 degrees of freedom.
    expect(chiSquare(bins)).toBeLessThan(43.82);
  });

  it('draws the blur’s sigma uniformly', () => {
    const sigmas = draws.flatMap(({ blur }) => (blur ? [blur.sigma] : []));
    const bins = new Array<number>(20).fill(0);
    for (const sigma of sigmas) {
      const bin = Math.floor(((sigma - 0.1) / 1.9) * 20);
      bins[bin] = (bins[bin] ?? Number.NaN) + 1;
    }
    expect(chiSquare(bins)).toBeLessThan(43.82);
  });

  it('never lets a factor fall below 0', () => {
    const strong = { ...EVERYTHING, jitter: { ...EVERYTHING.jitter, probability: 1, brightness: 2 } };
    const factors = Array.from(
      { length: 2000 },
      (_, i) => drawView(strong, 8, 8, randomStream(1, 0, i)).jitter?.brightness ?? Number.NaN,
    );
    expect(Math.min(...factors)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...factors)).toBeGreaterThan(2.9);
  });

  it('is independent between views, samples, epochs and operations', () => {
    const features = (draw: ViewDraw): readonly number[] => [
      draw.crop.height * draw.crop.width,
      draw.crop.top,
      Number(draw.flip),
      Number(draw.grey),
      Number(draw.jitter !== undefined),
      Number(draw.blur !== undefined),
    ];
    const count = 20_000;
    const column = (epoch: number, shift: number, view: number): number[][] => {
      const rows = Array.from({ length: count }, (_, i) =>
        features(drawView(EVERYTHING, 32, 32, randomStream(11, epoch, i + shift, view))),
      );
      return (rows[0] ?? []).map((_, feature) => rows.map((row) => row[feature] ?? Number.NaN));
    };
    const base = column(0, 0, 0);
    for (const other of [column(0, 0, 1), column(0, 1, 0), column(1, 0, 0)]) {
      base.forEach((a) => {
        other.forEach((b) => {
          expect(Math.abs(correlation(a, b))).toBeLessThan(5 / Math.sqrt(count));
        });
      });
    }
    const colour = base.slice(2);
    colour.forEach((a, i) => {
      colour.slice(i + 1).forEach((b) => {
        expect(Math.abs(correlation(a, b))).toBeLessThan(5 / Math.sqrt(count));
      });
    });
  });

  it('gives the same draw for the same seed, epoch, sample and view, whatever was drawn before', () => {
    const backwards = Array.from({ length: 50 }, (_, i) =>
      drawView(EVERYTHING, 32, 32, randomStream(11, 2, 49 - i, 1)),
    );
    expect(backwards.reverse()).toEqual(draws.slice(0, 50));
    expect(drawView(EVERYTHING, 32, 32, randomStream(12, 2, 0, 1))).not.toEqual(draws[0]);
  });

  it('keeps the other draws when one setting changes', () => {
    const greyer = { ...EVERYTHING, grey: 1, solarize: { probability: 1, threshold: 0.25 } };
    const changed = draws.slice(0, 50).map((_, i) => drawView(greyer, 32, 32, randomStream(11, 2, i, 1)));
    expect(changed).toEqual(draws.slice(0, 50).map((draw) => ({ ...draw, grey: true, solarize: 0.25 })));
  });
});
