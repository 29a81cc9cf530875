import type { ValueAndGradient } from './objective.ts';

/** Sufficient decrease and curvature constants (SciPy's L-BFGS-B has 1e-3 and 0.9). */
const DECREASE = 1e-3;
const CURVATURE = 0.9;
const MAX_TRIALS = 40;

export interface LineSearchInput {
  readonly evaluate: (x: Float64Array) => Promise<ValueAndGradient>;
  readonly x: Float64Array;
  readonly current: ValueAndGradient;
  readonly direction: Float64Array;
  /** The first step length to try. */
  readonly first: number;
}

/** A point on the search line, its step length and its slope along the line. */
interface Trial extends ValueAndGradient {
  readonly x: Float64Array;
  readonly length: number;
  readonly slope: number;
}

/**
 * The minimiser of the cubic through two values and slopes, kept 10 % away from either end (Nocedal & Wright, eq.
 * 3.59).
 */
function interpolate(a: Trial, b: Trial): number {
  const d1 = a.slope + b.slope - (3 * (a.value - b.value)) / (a.length - b.length);
  const d2 = Math.sign(b.length - a.length) * Math.sqrt(d1 * d1 - a.slope * b.slope);
  const cubic = b.length - (b.length - a.length) * ((b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2));
  const low = Math.min(a.length, b.length);
  const width = Math.abs(b.length - a.length);
  if (!Number.isFinite(cubic)) return low + width / 2;
  return Math.min(Math.max(cubic, low + 0.1 * width), low + 0.9 * width);
}

/**
 * The next point along a descent direction, one that satisfies the strong Wolfe conditions, or undefined when rounding
 * leaves no lower one.
 *
 * Near the minimum the value changes by less than its rounding error: a point then also counts as low enough when its
 * value is within that error and its slope is small (the approximate Wolfe condition of Hager and Zhang, SIAM J. Optim.
 * 16, 2005, eq. 4.1). Nocedal and Wright, "Numerical Optimization" (2nd ed., 2006), algorithms 3.5 and 3.6.
 */
export async function searchStep(input: LineSearchInput): Promise<Trial | undefined> {
  const { evaluate, x, current, direction } = input;
  const slopeOf = (gradient: Float64Array): number =>
    gradient.reduce((sum, value, i) => sum + value * (direction[i] as number), 0);
  const at = async (length: number): Promise<Trial> => {
    const point = x.map((value, i) => value + length * (direction[i] as number));
    const { value, gradient } = await evaluate(point);
    return { x: point, length, value, gradient, slope: slopeOf(gradient) };
  };
  const { value, gradient } = current;
  const start: Trial = { x, length: 0, value, gradient, slope: slopeOf(gradient) };
  const noise = 16 * Number.EPSILON * Math.abs(start.value);
  const isLow = (t: Trial): boolean => {
    if (t.value <= start.value + DECREASE * t.length * start.slope) return true;
    return t.value <= start.value + noise && t.slope <= (2 * DECREASE - 1) * start.slope;
  };
  const isFlat = (t: Trial): boolean => Math.abs(t.slope) <= -CURVATURE * start.slope;

  let low = start;
  let high: Trial | undefined;
  let length = input.first;
  for (let trials = 0; trials < MAX_TRIALS; trials++) {
    const trial = await at(length);
    if (!Number.isFinite(trial.value)) {
      length = low.length + (length - low.length) / 10;
      high = undefined;
      continue;
    }
    if (!isLow(trial) || (low !== start && trial.value > low.value + noise)) {
      high = trial;
    } else {
      if (isFlat(trial)) return trial;
      const towards = high === undefined ? 1 : high.length - low.length;
      if (trial.slope * towards >= 0) high = low;
      low = trial;
    }
    if (high === undefined) length = 4 * length;
    else if (Math.abs(high.length - low.length) <= 1e-12 * Math.max(1, low.length)) break;
    else length = interpolate(low, high);
  }
  return low === start ? undefined : low;
}
