import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { drawCrop } from '../../src/augment/crop.ts';
import { drawColour, drawView, JITTER_OPERATIONS, type JitterDraw, type ViewDraw } from '../../src/augment/draw.ts';
import type { Box } from '../../src/data/pixels/resample.ts';
import { type Random, randomStream } from '../../src/util/rng.ts';
import { EVERYTHING } from './settings.ts';
import {
  binOf,
  chiSquareIndependence,
  chiSquareTail,
  chiSquareTwoSamples,
  histogramOf,
  kolmogorovSmirnov,
} from './two-sample.ts';

type Range = readonly [number, number];
type Measure = 'area' | 'ratio' | 'top' | 'left' | 'height' | 'width';
type Factor = (typeof JITTER_OPERATIONS)[number];

interface Histogram {
  readonly edges: readonly number[];
  readonly counts: readonly number[];
}

interface CropCase {
  readonly height: number;
  readonly width: number;
  readonly area: Range;
  readonly ratio: Range;
  /** Draws that took the central crop because none of ten fitted. */
  readonly fallbacks: number;
  readonly measures: Readonly<Record<Measure, Histogram>>;
  readonly pairs: Readonly<Record<string, { edges: readonly [number[], number[]]; counts: readonly number[] }>>;
}

interface Reference {
  readonly draws: number;
  readonly crops: readonly CropCase[];
  readonly jitters: readonly {
    readonly strengths: Readonly<Record<Factor, number>>;
    readonly orders: Readonly<Record<string, number>>;
    readonly factors: Readonly<Record<Factor, Histogram>>;
  }[];
  readonly blurs: readonly { readonly sigma: Range; readonly values: Histogram }[];
  readonly occurrences: {
    readonly probabilities: Readonly<Record<string, number>>;
    readonly counts: Readonly<Record<string, number>>;
  };
}

const reference: Reference = JSON.parse(
  readFileSync(new URL('../fixtures/view-draws/view-draws.json', import.meta.url), 'utf8'),
);
const DRAWS = reference.draws;

/** Of one comparison; over the 330 of this file 0.3 %. Seeds are fixed: a test that passes goes on passing. */
const SIGNIFICANCE = 1e-5;

type Probabilities = Record<string, number>;
type Wrap = (random: Random) => Random;

/** The streams of two views of many images in ten epochs, as a run takes them. */
function streamOf(i: number): Random {
  return randomStream(2024, i % 10, Math.floor(i / 20), Math.floor(i / 10) % 2);
}

function compare(name: string, values: readonly number[], { edges, counts }: Histogram): Probabilities {
  const ours = histogramOf(values, edges);
  return {
    [`${name}, chi-square`]: chiSquareTwoSamples(ours, counts),
    [`${name}, KS`]: kolmogorovSmirnov(ours, counts),
  };
}

function expectSame(probabilities: Probabilities): void {
  const unlikely = Object.entries(probabilities).filter(([, p]) => !(p >= SIGNIFICANCE));
  expect(unlikely).toEqual([]);
}

/** Expects a comparison to tell the difference, with room to spare. */
function expectDifferent(probabilities: Probabilities): void {
  expect(Math.min(...Object.values(probabilities))).toBeLessThan(SIGNIFICANCE / 100);
}

const MEASURES: Readonly<Record<Measure, (box: Box) => number>> = {
  area: ({ height, width }) => height * width,
  ratio: ({ height, width }) => width / height,
  top: ({ top }) => top,
  left: ({ left }) => left,
  height: ({ height }) => height,
  width: ({ width }) => width,
};

function compareCrops(crop: CropCase, wrap: Wrap = (random) => random): Probabilities {
  const settings = { area: crop.area, ratio: crop.ratio, interpolation: 'bilinear' } as const;
  let fallbacks = 0;
  const boxes = Array.from({ length: DRAWS }, (_, i) => {
    const random = wrap(streamOf(i));
    // A crop that fits draws its place, as in torchvision.
    let isPlaced = false;
    const integer = (limit: number): number => {
      isPlaced = true;
      return random.integer(limit);
    };
    const box = drawCrop(settings, crop.height, crop.width, { ...random, integer });
    if (!isPlaced) fallbacks++;
    return box;
  });
  const measured = (name: string): number[] => boxes.map(MEASURES[name as Measure]);
  const found: Probabilities = {
    fallbacks: chiSquareTwoSamples([fallbacks, DRAWS - fallbacks], [crop.fallbacks, DRAWS - crop.fallbacks]),
  };
  for (const [name, histogram] of Object.entries(crop.measures))
    Object.assign(found, compare(name, measured(name), histogram));
  for (const [pair, { edges, counts }] of Object.entries(crop.pairs)) {
    const [a, b] = pair.split(',').map(measured) as [number[], number[]];
    const ours = new Array<number>(counts.length).fill(0);
    for (const [i, value] of a.entries()) {
      ours[binOf(value, edges[0]) * (edges[1].length + 1) + binOf(b[i] as number, edges[1])]! += 1;
    }
    found[pair] = chiSquareTwoSamples(ours, counts);
  }
  return found;
}

function drawJitters(strengths: Readonly<Record<Factor, number>>, wrap: Wrap = (random) => random): JitterDraw[] {
  const settings = { ...EVERYTHING, jitter: { probability: 1, ...strengths } };
  return Array.from({ length: DRAWS }, (_, i) => drawColour(settings, wrap(streamOf(i))).jitter as JitterDraw);
}

function compareOrders(orders: Readonly<Record<string, number>>, jitters: readonly JitterDraw[]): Probabilities {
  const names = Object.keys(orders);
  const counts = new Map(names.map((name) => [name, 0]));
  for (const { order } of jitters) counts.set(order.join(), (counts.get(order.join()) ?? Number.NaN) + 1);
  return { orders: chiSquareTwoSamples([...counts.values()], Object.values(orders)) };
}

/** Every set of operations that can happen to a view, and how often it does. */
function compareOccurrences(probabilities: Readonly<Record<string, number>>): Probabilities {
  const { flip, jitter, grey, blur, solarize } = probabilities as Readonly<Record<string, number>> &
    Record<'flip' | 'jitter' | 'grey' | 'blur' | 'solarize', number>;
  const settings = {
    ...EVERYTHING,
    flip,
    grey,
    jitter: { ...EVERYTHING.jitter, probability: jitter },
    blur: { ...EVERYTHING.blur, probability: blur },
    solarize: { ...EVERYTHING.solarize, probability: solarize },
  };
  const { counts } = reference.occurrences;
  const ours = new Map(Object.keys(counts).map((key) => [key, 0]));
  for (let i = 0; i < DRAWS; i++) {
    const draw = drawColour(settings, streamOf(i));
    const happened = Object.entries(draw).filter(([, value]) => value !== undefined && value !== false);
    const key = happened.map(([name]) => name).join();
    ours.set(key, (ours.get(key) ?? 0) + 1);
  }
  const keys = [...ours.keys()];
  const all = (of: (key: string) => number): number[] => keys.map(of);
  const found: Probabilities = {
    together: chiSquareTwoSamples(
      all((key) => ours.get(key) as number),
      all((key) => counts[key] ?? 0),
    ),
  };
  for (const name of Object.keys(probabilities)) {
    const share = (of: (key: string) => number): number =>
      keys.filter((key) => key.split(',').includes(name)).reduce((total, key) => total + of(key), 0);
    const [a, b] = [share((key) => ours.get(key) as number), share((key) => counts[key] ?? 0)];
    found[name] = chiSquareTwoSamples([a, DRAWS - a], [b, DRAWS - b]);
  }
  return found;
}

describe('the tests of distributions', () => {
  it('give the probabilities that SciPy gives', () => {
    // scipy.stats.chi2.sf
    expect(chiSquareTail(23, 23)).toBeCloseTo(0.46077089055, 10);
    expect(chiSquareTail(120, 63) / 2.0106938817e-5).toBeCloseTo(1, 9);
    expect(chiSquareTail(1, 1)).toBeCloseTo(0.31731050786, 10);
    // scipy.stats.chi2_contingency([[90, 60, 104, 95], [30, 50, 51, 20]])
    const [a, b] = [
      [90, 60, 104, 95],
      [30, 50, 51, 20],
    ];
    expect(chiSquareTwoSamples(a as number[], b as number[])).toBeCloseTo(3.721555949742e-5, 14);
    expect(chiSquareIndependence([a as number[], b as number[]])).toBeCloseTo(3.721555949742e-5, 14);
    // scipy.stats.kstwobign.sf(0.06 * sqrt(500))
    expect(kolmogorovSmirnov([500, 500], [560, 440])).toBeCloseTo(0.05464633011, 10);
  });
});

describe('100,000 draws beside 100,000 of torchvision', () => {
  it.each(reference.crops)('crops of $width x $height, $area of the area, have the same distribution', (crop) => {
    expectSame(compareCrops(crop));
  });

  it.each(reference.jitters)(
    'jitter of $strengths.brightness, $strengths.contrast, $strengths.saturation, $strengths.hue has the same orders and factors',
    ({ strengths, orders, factors }) => {
      const jitters = drawJitters(strengths);
      expectSame(compareOrders(orders, jitters));
      for (const [name, histogram] of Object.entries(factors)) {
        expectSame(
          compare(
            name,
            jitters.map((jitter) => jitter[name as Factor]),
            histogram,
          ),
        );
      }
    },
  );

  it.each(reference.blurs)('blurs of $sigma pixels have the same distribution', ({ sigma, values }) => {
    const settings = { ...EVERYTHING, blur: { probability: 1, sigma, kernel: 23 } };
    const sigmas = Array.from({ length: DRAWS }, (_, i) => drawColour(settings, streamOf(i)).blur?.sigma ?? Number.NaN);
    expectSame(compare('sigma', sigmas, values));
  });

  it('flip, jitter, grey, blur and solarizing happen as often, alone and together', () => {
    expectSame(compareOccurrences(reference.occurrences.probabilities));
  });
});

describe('distributions that are nearly right', () => {
  const [photo] = reference.crops as [CropCase];
  const thin = reference.crops.find(({ height, width }) => height === 100 && width === 500) as CropCase;

  /** A stream whose uniform draws are changed: those of an even place choose the area, of an odd one the ratio. */
  const changing =
    (change: (u: number, place: number) => number): Wrap =>
    (random) => {
      let place = 0;
      return { ...random, uniform: () => change(random.uniform(), place++) };
    };

  it('a ratio that is uniform instead of log-uniform is told', () => {
    const [low, high] = photo.ratio;
    const uniform = (u: number): number => Math.log((low + u * (high - low)) / low) / Math.log(high / low);
    expectDifferent(
      compareCrops(
        photo,
        changing((u, place) => (place % 2 === 1 ? uniform(u) : u)),
      ),
    );
  });

  it('an area that is uniform in the side, not in the area, is told', () => {
    expectDifferent(
      compareCrops(
        photo,
        changing((u, place) => (place % 2 === 0 ? u ** 2 : u)),
      ),
    );
  });

  it('a place that never reaches the last row and column is told', () => {
    const short: Wrap = (random) => ({ ...random, integer: (limit) => random.integer(Math.max(1, limit - 1)) });
    const small = reference.crops.find(({ height }) => height === 32) as CropCase;
    expectDifferent(compareCrops(small, short));
  });

  it('nine attempts instead of ten are told by the share of fallbacks', () => {
    // The tenth is as large as the image, which never fits.
    const nine = compareCrops(
      thin,
      changing((u, place) => (place === 18 ? 1 : u)),
    );
    expect(nine['fallbacks']).toBeLessThan(SIGNIFICANCE / 100);
  });

  it('an order that rounds where it should cut off is told, and factors of another strength', () => {
    const [{ strengths, orders, factors }] = reference.jitters as [Reference['jitters'][number]];
    const rounding: Wrap = (random) => ({ ...random, integer: (limit) => Math.round(random.uniform() * (limit - 1)) });
    expectDifferent(compareOrders(orders, drawJitters(strengths, rounding)));
    const stronger = drawJitters({ ...strengths, brightness: strengths.brightness * 1.02 });
    expectDifferent(
      compare(
        'brightness',
        stronger.map(({ brightness }) => brightness),
        factors.brightness,
      ),
    );
  });

  it('a probability that is off by 0.02 is told', () => {
    const { probabilities } = reference.occurrences;
    for (const name of Object.keys(probabilities)) {
      expectDifferent(compareOccurrences({ ...probabilities, [name]: (probabilities[name] as number) + 0.02 }));
    }
  });
});

describe('independence', () => {
  const BINS = 8;
  const COLOUR = ['brightness', 'hue', 'sigma', 'order'] as const;
  const CROP = ['area', 'ratio', 'left'] as const;
  type Feature = (typeof COLOUR)[number] | (typeof CROP)[number];
  const settings = {
    ...EVERYTHING,
    jitter: { ...EVERYTHING.jitter, probability: 1 },
    blur: { ...EVERYTHING.blur, probability: 1 },
  };

  function featuresOf({ crop, jitter, blur }: ViewDraw): Record<Feature, number> {
    const { brightness = 0, hue = 0, order = [] } = jitter ?? {};
    const first = JITTER_OPERATIONS.indexOf(order[0] ?? 'hue');
    return {
      brightness,
      hue,
      sigma: blur?.sigma ?? 0,
      order: 4 * first + JITTER_OPERATIONS.indexOf(order[1] ?? 'hue'),
      area: crop.height * crop.width,
      ratio: crop.width / crop.height,
      left: crop.left,
    };
  }

  /** The bin of each feature in each draw: equally many draws a bin. */
  function binned(epoch: number, shift: number, view: number): Record<Feature, number[]> {
    const draws = Array.from({ length: DRAWS }, (_, i) =>
      featuresOf(drawView(settings, 375, 500, randomStream(77, epoch, i + shift, view))),
    );
    const column = (feature: Feature): number[] => {
      const values = draws.map((draw) => draw[feature]);
      const sorted = Float64Array.from(values).sort();
      const quantiles = Array.from({ length: BINS - 1 }, (_, i) => sorted[((i + 1) * DRAWS) / BINS] as number);
      const edges = [...new Set(quantiles)];
      return values.map((value) => binOf(value, edges));
    };
    return Object.fromEntries([...COLOUR, ...CROP].map((name) => [name, column(name)])) as Record<Feature, number[]>;
  }

  function table(a: readonly number[], b: readonly number[]): number[][] {
    const counts = Array.from({ length: BINS }, () => new Array<number>(BINS).fill(0));
    for (const [i, row] of a.entries()) (counts[row] as number[])[b[i] as number]! += 1;
    return counts;
  }

  const base = binned(0, 0, 0);

  it.each([
    ['the other view of the image', [0, 0, 1]],
    ['the next image', [0, 1, 0]],
    ['the next epoch', [1, 0, 0]],
  ] as const)('nothing about a view tells anything about %s', (_, [epoch, shift, view]) => {
    const other = binned(epoch, shift, view);
    const found: Probabilities = {};
    for (const [a, rows] of Object.entries(base)) {
      for (const [b, columns] of Object.entries(other))
        found[`${a}, ${b}`] = chiSquareIndependence(table(rows, columns));
    }
    expect(Object.keys(found).length).toBe(49);
    expectSame(found);
  });

  it('nothing about colours tells about other colours or the crop', () => {
    const found: Probabilities = {};
    for (const [i, a] of COLOUR.entries()) {
      for (const b of [...COLOUR.slice(i + 1), ...CROP])
        found[`${a}, ${b}`] = chiSquareIndependence(table(base[a], base[b]));
    }
    expectSame(found);
    // A crop's area limits its ratio and its place, which shows that dependence would be seen.
    expectDifferent({ 'area, left': chiSquareIndependence(table(base.area, base.left)) });
  });
});
