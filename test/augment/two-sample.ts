/** ln(Gamma(x)) for x > 0 by Lanczos' series (g = 7, nine terms), right to 13 digits. */
function logGamma(x: number): number {
  const terms = [
    676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406, 12.507343278686905,
    -0.13857109526572012, 9.984369578019572e-6, 1.5056327351493116e-7,
  ];
  const sum = terms.reduce((total, term, i) => total + term / (x + i), 0.9999999999998099);
  const t = x + 6.5;
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(sum);
}

/** The regularised upper incomplete gamma function Q(a, x): a series below a + 1, Lentz's continued fraction above. */
function upperGamma(a: number, x: number): number {
  const scale = Math.exp(a * Math.log(x) - x - logGamma(a));
  if (x <= 0) return 1;
  if (x < a + 1) {
    let [term, sum] = [1 / a, 1 / a];
    for (let n = a + 1; term > sum * 1e-16; n++) {
      term *= x / n;
      sum += term;
    }
    return 1 - sum * scale;
  }
  let b = x + 1 - a;
  let c = 1e300;
  let d = 1 / b;
  let fraction = d;
  for (let i = 1; i < 10_000; i++) {
    const step = i * (a - i);
    b += 2;
    d = 1 / (step * d + b);
    c = b + step / c;
    fraction *= d * c;
    if (Math.abs(d * c - 1) < 1e-15) break;
  }
  return fraction * scale;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** The probability of so large a chi-square statistic, or a larger one, by chance. */
export function chiSquareTail(statistic: number, degrees: number): number {
  return degrees === 0 ? 1 : upperGamma(degrees / 2, statistic / 2);
}

/** Cells with fewer than 20 draws are too few for the chi-square distribution: they count as one. */
const LEAST_DRAWS = 20;

/**
 * The probability of two histograms as different as these, or more, if both are draws of one distribution: Pearson's
 * two-sample chi-square test.
 */
export function chiSquareTwoSamples(a: readonly number[], b: readonly number[]): number {
  if (a.length !== b.length) throw new RangeError(`expected histograms of one length, got ${a.length} and ${b.length}`);
  let rest: [number, number] = [0, 0];
  const cells: [number, number][] = [];
  for (const [i, x] of a.entries()) {
    const y = b[i] as number;
    if (x + y < LEAST_DRAWS) rest = [rest[0] + x, rest[1] + y];
    else cells.push([x, y]);
  }
  if (sum(rest) > 0) cells.push(rest);
  const ratio = Math.sqrt(sum(b) / sum(a));
  return chiSquareTail(sum(cells.map(([x, y]) => (x * ratio - y / ratio) ** 2 / (x + y))), cells.length - 1);
}

/**
 * The probability of two histograms whose cumulative shares are as far apart as these, or farther, if both are draws of
 * one distribution: Kolmogorov and Smirnov's two-sample test.
 *
 * For many draws. Looking between bins only, and at values that can tie, it errs on the side of a larger probability.
 */
export function kolmogorovSmirnov(a: readonly number[], b: readonly number[]): number {
  const [n, m] = [sum(a), sum(b)];
  let [distance, below] = [0, 0];
  for (const [i, x] of a.entries()) {
    below += x / n - (b[i] as number) / m;
    distance = Math.max(distance, Math.abs(below));
  }
  const lambda = Math.sqrt((n * m) / (n + m)) * distance;
  if (lambda < 0.2) return 1;
  const terms = Array.from({ length: 100 }, (_, i) => (-1) ** i * Math.exp(-2 * ((i + 1) * lambda) ** 2));
  return Math.max(0, Math.min(1, 2 * sum(terms)));
}

/** The probability of a table [rows][columns] as uneven as this, or more, if rows and columns are independent. */
export function chiSquareIndependence(table: readonly (readonly number[])[]): number {
  const rows = table.map(sum);
  const columns = (table[0] ?? []).map((_, c) => sum(table.map((row) => row[c] as number)));
  const total = sum(rows);
  let statistic = 0;
  for (const [r, row] of table.entries()) {
    for (const [c, count] of row.entries()) {
      const expected = ((rows[r] as number) * (columns[c] as number)) / total;
      if (expected > 0) statistic += (count - expected) ** 2 / expected;
    }
  }
  const free = (totals: readonly number[]): number => totals.filter((each) => each > 0).length - 1;
  return chiSquareTail(statistic, free(rows) * free(columns));
}

/** The place of a value among rising edges: the number of edges below it. */
export function binOf(value: number, edges: readonly number[]): number {
  let [low, high] = [0, edges.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((edges[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** How many values fall between the edges: up to the first, up to the second, ..., above the last. */
export function histogramOf(values: readonly number[], edges: readonly number[]): number[] {
  const counts = new Array<number>(edges.length + 1).fill(0);
  for (const value of values) counts[binOf(value, edges)]! += 1;
  return counts;
}
