import type { StopSignal } from '../util/stop-signal.ts';
import { searchStep } from './line-search.ts';
import type { Objective, ValueAndGradient } from './objective.ts';

/** Multiplies a vector by an approximate inverse Hessian, without changing the vector. */
export type Precondition = (vector: Float64Array) => Float64Array | Promise<Float64Array>;

export interface MinimizeOptions {
  readonly objective: Objective;
  readonly start: Float64Array;
  /** Stop when no entry of the gradient exceeds this. */
  readonly tolerance: number;
  readonly maxIterations: number;
  /** Pairs of steps and gradient changes that are kept; 10 as in SciPy. */
  readonly memory?: number | undefined;
  /** The initial inverse Hessian, up to a scale; the identity when left out. */
  readonly precondition?: Precondition | undefined;
  readonly signal?: StopSignal | undefined;
}

export interface Minimum extends ValueAndGradient {
  readonly x: Float64Array;
  readonly iterations: number;
  readonly evaluations: number;
  /** False when the iterations ran out or the line search could not lower the value any more. */
  readonly converged: boolean;
}

interface Pair {
  readonly step: Float64Array;
  readonly change: Float64Array;
  readonly curvature: number;
}

export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

function addScaled(target: Float64Array, factor: number, source: Float64Array): void {
  for (let i = 0; i < target.length; i++) (target[i] as number) += factor * (source[i] as number);
}

function largest(values: Float64Array): number {
  let most = 0;
  for (const value of values) most = Math.max(most, Math.abs(value));
  return most;
}

/**
 * The two-loop recursion: minus the approximate inverse Hessian times the gradient (Nocedal & Wright, algorithm 7.4).
 */
async function descentDirection(
  gradient: Float64Array,
  pairs: readonly Pair[],
  precondition: Precondition,
): Promise<Float64Array> {
  const q = gradient.slice();
  const alphas: number[] = [];
  for (const pair of pairs.toReversed()) {
    const alpha = dot(pair.step, q) / pair.curvature;
    alphas.push(alpha);
    addScaled(q, -alpha, pair.change);
  }
  const r = await precondition(q);
  const last = pairs.at(-1);
  if (last !== undefined) {
    const scale = last.curvature / dot(last.change, await precondition(last.change));
    for (let i = 0; i < r.length; i++) (r[i] as number) *= scale;
  }
  for (const pair of pairs) {
    const alpha = alphas.pop() as number;
    addScaled(r, alpha - dot(pair.change, r) / pair.curvature, pair.step);
  }
  for (let i = 0; i < r.length; i++) r[i] = -(r[i] as number);
  return r;
}

/**
 * Minimises a smooth function by limited-memory BFGS with a strong-Wolfe line search, in float64.
 *
 * Each evaluation yields to the event loop, so signals and progress are served while it runs; an aborted `signal`
 * throws its reason. Nocedal and Wright, "Numerical Optimization" (2nd ed., 2006), algorithms 7.4 and 7.5, with the
 * initial matrix of eq. 7.20 generalised to a given preconditioner.
 */
export async function minimize(options: MinimizeOptions): Promise<Minimum> {
  const { objective, tolerance, maxIterations, memory = 10, signal } = options;
  const precondition = options.precondition ?? ((vector: Float64Array) => vector.slice());
  let evaluations = 0;
  const evaluate = async (x: Float64Array): Promise<ValueAndGradient> => {
    await new Promise(setImmediate);
    signal?.throwIfAborted();
    evaluations++;
    return objective(x);
  };

  let x: Float64Array = options.start.slice();
  let current: ValueAndGradient = await evaluate(x);
  const pairs: Pair[] = [];
  let iterations = 0;
  while (largest(current.gradient) > tolerance && iterations < maxIterations) {
    let direction = await descentDirection(current.gradient, pairs, precondition);
    if (!(dot(direction, current.gradient) < 0)) {
      pairs.length = 0;
      direction = await descentDirection(current.gradient, pairs, precondition);
    }
    const first =
      pairs.length > 0 || options.precondition !== undefined
        ? 1
        : Math.min(1, 1 / Math.sqrt(dot(direction, direction)));
    const found = await searchStep({ evaluate, x, current, direction, first });
    if (found === undefined) {
      if (pairs.length === 0) break;
      pairs.length = 0;
      continue;
    }
    iterations++;
    const step = found.x.map((value, i) => value - (x[i] as number));
    const change = found.gradient.map((value, i) => value - (current.gradient[i] as number));
    const curvature = dot(step, change);
    if (curvature > Number.EPSILON * dot(change, change)) pairs.push({ step, change, curvature });
    if (pairs.length > memory) pairs.shift();
    x = found.x;
    current = found;
  }
  const { value, gradient } = current;
  return { x, value, gradient, iterations, evaluations, converged: largest(gradient) <= tolerance };
}
