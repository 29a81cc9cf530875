import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drawCrop } from '../../src/augment/crop.ts';
import type { Box } from '../../src/data/pixels/resample.ts';
import { randomStream } from '../../src/util/rng.ts';
import { readVectors } from './vectors.ts';

interface CropDistribution {
  readonly draws: number;
  readonly cases: readonly {
    readonly height: number;
    readonly width: number;
    readonly area: readonly [number, number];
    readonly ratio: readonly [number, number];
    /** Pairs of a value and the share of draws up to it. */
    readonly shares: Readonly<Record<string, readonly (readonly [number, number])[]>>;
  }[];
}

const DRAWS = 100_000;
const { cases, draws: referenceDraws } = readVectors<CropDistribution>('random_resized_crop');

describe('drawCrop', () => {
  it.each(cases)('draws $height x $width crops as torchvision does', ({ height, width, area, ratio, shares }) => {
    const settings = { area, ratio, interpolation: 'bilinear' } as const;
    const boxes = Array.from({ length: DRAWS }, (_, i) => drawCrop(settings, height, width, randomStream(3, 0, i)));
    const measures: Readonly<Record<string, (box: Box) => number>> = {
      area: (box) => (box.height * box.width) / (height * width),
      ratio: (box) => Math.log(box.width / box.height),
      top: (box) => box.top,
      left: (box) => box.left,
      height: (box) => box.height,
      width: (box) => box.width,
    };
    expect(Object.keys(shares)).toEqual(Object.keys(measures));
    for (const [name, pairs] of Object.entries(shares)) {
      const values = boxes.map(measures[name] as (box: Box) => number);
      for (const [limit, expected] of pairs) {
        const share = values.filter((value) => value <= limit).length / DRAWS;
        // 4.5 standard errors of the difference of two shares.
        const tolerance = 4.5 * Math.sqrt(expected * (1 - expected) * (1 / DRAWS + 1 / referenceDraws)) + 1e-6;
        expect(Math.abs(share - expected), `${name} <= ${limit}`).toBeLessThan(tolerance);
      }
    }
  });

  it('has a uniform area and a log-uniform ratio on an image whose pixels do not matter', () => {
    const settings = { area: [0.08, 0.5], ratio: [3 / 4, 4 / 3], interpolation: 'bilinear' } as const;
    const side = 100_000;
    let areas = 0;
    let logRatios = 0;
    const random = randomStream(5);
    for (let i = 0; i < DRAWS; i++) {
      const { height, width } = drawCrop(settings, side, side, random);
      areas += (height * width) / side ** 2 / DRAWS;
      logRatios += Math.log(width / height) / DRAWS;
    }
    // Means of uniform distributions, within 5 standard errors.
    expect(Math.abs(areas - 0.29)).toBeLessThan((5 * 0.42) / Math.sqrt(12 * DRAWS));
    expect(Math.abs(logRatios)).toBeLessThan((5 * 2 * Math.log(4 / 3)) / Math.sqrt(12 * DRAWS));
  });

  it('lies inside the image, however small or oblong', () => {
    const side = fc.integer({ min: 1, max: 60 });
    const share = fc.double({ min: 0.01, max: 1, noNaN: true });
    const ratio = fc.double({ min: 0.1, max: 8, noNaN: true });
    fc.assert(
      fc.property(side, side, share, share, ratio, ratio, fc.integer({ min: 0 }), (h, w, a, b, r, s, seed) => {
        const settings = {
          area: [Math.min(a, b), Math.max(a, b)],
          ratio: [Math.min(r, s), Math.max(r, s)],
          interpolation: 'bicubic',
        } as const;
        const box = drawCrop(settings, h, w, randomStream(seed));
        expect(Object.values(box).every(Number.isInteger)).toBe(true);
        expect(Math.min(box.top, box.left)).toBeGreaterThanOrEqual(0);
        expect(Math.min(box.height, box.width)).toBeGreaterThanOrEqual(1);
        expect(box.top + box.height).toBeLessThanOrEqual(h);
        expect(box.left + box.width).toBeLessThanOrEqual(w);
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  it.each([
    { height: 4, width: 100, expected: { top: 0, left: 47, height: 4, width: 5 } },
    { height: 100, width: 4, expected: { top: 47, left: 0, height: 5, width: 4 } },
  ])('falls back to the largest central crop of $height x $width', ({ height, width, expected }) => {
    const settings = { area: [1, 1], ratio: [3 / 4, 4 / 3], interpolation: 'bilinear' } as const;
    expect(drawCrop(settings, height, width, randomStream(1))).toEqual(expected);
  });

  it('gives up after ten crops that do not fit', () => {
    // A square of the area 400a fits into 10 x 40 while its side rounds to 10 at most: a share of 0.0756 / 0.8 of all
    // draws.
    const settings = { area: [0.2, 1], ratio: [1, 1], interpolation: 'bilinear' } as const;
    const fits = (10.5 ** 2 / 400 - 0.2) / 0.8;
    const atCentre = (10.5 ** 2 - 9.5 ** 2) / (10.5 ** 2 - 80) / 31;
    const fallback = (1 - fits) ** 10;
    const expected = fallback + (1 - fallback) * atCentre;
    const count = 20_000;
    const central = Array.from({ length: count }, (_, i) => drawCrop(settings, 10, 40, randomStream(8, 0, i))).filter(
      ({ height, left }) => height === 10 && left === 15,
    );
    const error = 5 * Math.sqrt((expected * (1 - expected)) / count);
    expect(Math.abs(central.length / count - expected)).toBeLessThan(error);
  });

  it('is the whole image when area and ratio allow nothing else', () => {
    const settings = { area: [1, 1], ratio: [1, 1], interpolation: 'bilinear' } as const;
    expect(drawCrop(settings, 12, 12, randomStream(1))).toEqual({ top: 0, left: 0, height: 12, width: 12 });
  });
});
