/** Pseudo-random draws of one stream; every method advances the stream. */
export interface Random {
  /** A float in [0, 1) with 24 random bits. */
  uniform(): number;
  /** An integer in [0, limit), unbiased. */
  integer(limit: number): number;
  /** A standard normal deviate (Box-Muller). */
  normal(): number;
}

const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;

/** High 32 bits of the unsigned product of two 32-bit integers. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const other = aLow * bHigh + (middle & 0xffff);
  return (aHigh * bHigh + (middle >>> 16) + Math.floor(other / 0x10000)) >>> 0;
}

/**
 * Philox4x32-10, a counter-based generator: four random 32-bit words from a four-word counter and a two-word key.
 *
 * Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (SC 2011); checked against Random123's known answers.
 */
export function philox(
  counter: readonly [number, number, number, number],
  key: readonly [number, number],
): [number, number, number, number] {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(MULTIPLIER_0, c0);
    const low0 = Math.imul(MULTIPLIER_0, c0) >>> 0;
    const high1 = multiplyHigh(MULTIPLIER_1, c2);
    const low1 = Math.imul(MULTIPLIER_1, c2) >>> 0;
    [c0, c1, c2, c3] = [(high1 ^ c1 ^ k0) >>> 0, low1, (high0 ^ c3 ^ k1) >>> 0, low0];
    k0 = (k0 + WEYL_0) >>> 0;
    k1 = (k1 + WEYL_1) >>> 0;
  }
  return [c0, c1, c2, c3];
}

/**
 * The stream of random numbers that belongs to a seed and up to three coordinates, such as (epoch, sample, view).
 *
 * Equal arguments give equal streams in any process and any order, so that worker counts and resumed runs change
 * nothing.
 */
export function randomStream(seed: number, a = 0, b = 0, c = 0): Random {
  const key = [seed >>> 0, Math.floor(seed / 0x1_0000_0000) >>> 0] as const;
  let block = 0;
  let words: readonly number[] = [];
  let used = 4;
  const next = (): number => {
    if (used === 4) {
      words = philox([block++, a >>> 0, b >>> 0, c >>> 0], key);
      used = 0;
    }
    return words[used++] as number;
  };
  const uniform = (): number => (next() >>> 8) / 0x100_0000;
  return {
    uniform,
    integer(limit) {
      const bound = 0x1_0000_0000 - (0x1_0000_0000 % limit);
      let word = next();
      while (word >= bound) word = next();
      return word % limit;
    },
    normal() {
      const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
      return radius * Math.cos(2 * Math.PI * uniform());
    },
  };
}

/** The integers 0 to `count - 1` in a random order (Fisher-Yates). */
export function permutation(count: number, random: Random): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    const kept = order[i] as number;
    order[i] = order[j] as number;
    order[j] = kept;
  }
  return order;
}
