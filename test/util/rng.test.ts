import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { permutation, philox, type Random, randomStream } from '../../src/util/rng.ts';

const ONES = 0xffffffff;
type Words = [number, number, number, number];

/** Philox4x32-10 as the paper writes it, with arbitrary-precision integers: slow and obvious. */
function reference(counter: Words, key: [number, number]): Words {
  let [c0, c1, c2, c3] = counter.map(BigInt) as [bigint, bigint, bigint, bigint];
  let [k0, k1] = key.map(BigInt) as [bigint, bigint];
  const low = 0xffffffffn;
  for (let round = 0; round < 10; round++) {
    const left = 0xd2511f53n * c0;
    const right = 0xcd9e8d57n * c2;
    [c0, c1, c2, c3] = [(right >> 32n) ^ c1 ^ k0, right & low, (left >> 32n) ^ c3 ^ k1, left & low];
    [k0, k1] = [(k0 + 0x9e3779b9n) & low, (k1 + 0xbb67ae85n) & low];
  }
  return [Number(c0), Number(c1), Number(c2), Number(c3)];
}

describe('philox', () => {
  // kat_vectors of Random123 1.09, "philox4x32 10".
  it.each<[string, Words, [number, number], Words]>([
    ['zeros', [0, 0, 0, 0], [0, 0], [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]],
    ['ones', [ONES, ONES, ONES, ONES], [ONES, ONES], [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd]],
    [
      'digits of pi',
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ])('gives the known answer for %s', (_, counter, key, expected) => {
    expect(philox(counter, key)).toEqual(expected);
  });

  it('equals the reference for any counter and key', () => {
    const word = fc.nat(ONES);
    fc.assert(
      fc.property(fc.tuple(word, word, word, word), fc.tuple(word, word), (counter, key) => {
        expect(philox(counter, key)).toEqual(reference(counter, key));
      }),
      { numRuns: 500, seed: 1 },
    );
  });
});

function draw(count: number, next: (random: Random) => number, random: Random = randomStream(5, 6, 7)): number[] {
  return Array.from({ length: count }, () => next(random));
}

const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const uniform = (random: Random): number => random.uniform();

describe('randomStream', () => {
  it('starts with the words of its seed and coordinates', () => {
    const word = philox([0, 3, 4, 5], [0x89abcdef, 0x1234567 & 0x1fffff])[0];
    const seed = (0x1234567 & 0x1fffff) * 2 ** 32 + 0x89abcdef;
    expect(randomStream(seed, 3, 4, 5).uniform()).toBe((word >>> 8) / 2 ** 24);
  });

  it('repeats for equal arguments, in any order of use, and differs in each argument', () => {
    const first = draw(20, uniform, randomStream(1, 2, 3, 4));
    draw(7, uniform, randomStream(9));
    expect(draw(20, uniform, randomStream(1, 2, 3, 4))).toEqual(first);
    const others = [
      randomStream(2, 2, 3, 4),
      randomStream(1 + 2 ** 32, 2, 3, 4),
      randomStream(1, 3, 3, 4),
      randomStream(1, 2, 4, 4),
      randomStream(1, 2, 3, 5),
    ].map((random) => draw(20, uniform, random));
    expect(new Set([first, ...others].flat()).size).toBeGreaterThan(115);
  });

  it('is uniform: 32 equal bins of 64,000 draws (chi-squared, 31 degrees of freedom)', () => {
    const bins = new Array<number>(32).fill(0);
    for (const value of draw(64_000, uniform)) {
      expect(value >= 0 && value < 1).toBe(true);
      const bin = Math.floor(value * 32);
      bins[bin] = (bins[bin] ?? 0) + 1;
    }
    const statistic = bins.reduce((sum, count) => sum + (count - 2000) ** 2 / 2000, 0);
    expect(statistic).toBeGreaterThan(11); // P = 0.0003
    expect(statistic).toBeLessThan(65); // P = 0.9997
  });

  it('has uncorrelated neighbours: draws of one stream, and first draws of neighbouring streams', () => {
    const covariance = (values: number[]): number =>
      mean(values.slice(1).map((value, i) => (value - 0.5) * ((values[i] ?? 0) - 0.5)));
    const spread = 1 / 12 / Math.sqrt(20_000);
    expect(Math.abs(covariance(draw(20_000, uniform)))).toBeLessThan(4 * spread);
    const firsts = Array.from({ length: 20_000 }, (_, sample) => randomStream(3, 0, sample).uniform());
    expect(Math.abs(covariance(firsts))).toBeLessThan(4 * spread);
    expect(Math.abs(mean(firsts) - 0.5)).toBeLessThan(4 / Math.sqrt(12 * 20_000));
  });

  it('draws integers below the limit, each equally often, up to 2^32', () => {
    const random = randomStream(11);
    const counts = [0, 0, 0, 0, 0, 0, 0];
    for (const value of draw(70_000, (r) => r.integer(7), random)) counts[value] = (counts[value] ?? 0) + 1;
    expect(counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0)).toBeLessThan(26); // P = 0.9998
    expect(draw(5, (r) => r.integer(1))).toEqual([0, 0, 0, 0, 0]);
    // Without rejection, values below 2^32 / 3 would come twice as often for this limit.
    const limit = Math.floor((2 ** 32 / 3) * 2);
    const low = draw(10_000, (r) => r.integer(limit), random).filter((value) => value < limit / 2).length;
    expect(Math.abs(low - 5000)).toBeLessThan(4 * 50);
  });

  it('draws normals with the moments 0, 1, 0, 3 and the tails of the distribution', () => {
    const values = draw(100_000, (random) => random.normal());
    const moment = (power: number): number => mean(values.map((value) => value ** power));
    expect(Math.abs(moment(1))).toBeLessThan(4 * 0.0032);
    expect(Math.abs(moment(2) - 1)).toBeLessThan(4 * 0.0045);
    expect(Math.abs(moment(3))).toBeLessThan(4 * 0.0123);
    expect(Math.abs(moment(4) - 3)).toBeLessThan(4 * 0.031);
    expect(Math.abs(values.filter((value) => value > 2).length - 2275)).toBeLessThan(4 * 47);
    expect(values.every(Number.isFinite)).toBe(true);
  });
});

describe('permutation', () => {
  it('holds every index once', () => {
    fc.assert(
      fc.property(fc.nat(300), fc.nat(), (count, seed) => {
        const order = permutation(count, randomStream(seed));
        expect([...order].sort((x, y) => x - y)).toEqual(Array.from({ length: count }, (_, i) => i));
      }),
      { seed: 1 },
    );
  });

  it('gives all 24 orders of four equally often over the epochs of a seed', () => {
    const counts = new Map<string, number>();
    for (let epoch = 0; epoch < 24_000; epoch++) {
      const order = permutation(4, randomStream(42, epoch)).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    const statistic = [...counts.values()].reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    expect(statistic).toBeLessThan(54); // P = 0.9998 at 23 degrees of freedom
  });

  it('depends on the seed and epoch alone, not on what was drawn before', () => {
    const alone = permutation(50, randomStream(1, 9));
    for (let epoch = 0; epoch < 9; epoch++) permutation(50, randomStream(1, epoch));
    expect(permutation(50, randomStream(1, 9))).toEqual(alone);
  });
});
