/** The bounds of a proportion, as fractions in [0, 1]. */
export type Interval = readonly [low: number, high: number];

/** The two-sided 95 % quantile of the standard normal distribution. */
const Z_95 = 1.959963984540054;

/** How `wilsonInterval` is described beside a number. */
export const INTERVAL_METHOD = '95 % Wilson score interval';

/**
 * The 95 % Wilson score interval of `correct` successes in `n` trials; [0, 1] when `n` is 0.
 *
 * It covers the sampling of the test images only: another training seed moves a score further.
 * Wilson, "Probable inference, the law of succession, and statistical inference" (JASA 22, 1927); recommended over the
 * normal approximation by Brown, Cai and DasGupta, "Interval estimation for a binomial proportion" (Stat. Sci. 16,
 * 2001), eq. 4.
 */
export function wilsonInterval(correct: number, n: number): Interval {
  if (n === 0) return [0, 1];
  const p = correct / n;
  const z2 = Z_95 * Z_95;
  const centre = (p + z2 / (2 * n)) / (1 + z2 / n);
  const half = (Z_95 / (1 + z2 / n)) * Math.sqrt((p * (1 - p)) / n + z2 / (4 * n * n));
  return [correct === 0 ? 0 : Math.max(0, centre - half), correct === n ? 1 : Math.min(1, centre + half)];
}

/** Whether `a` lies wholly above `b`: the intervals don't overlap. */
export function isAbove(a: Interval, b: Interval): boolean {
  return a[0] > b[1];
}
