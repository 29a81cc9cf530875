/** A function's value and gradient at one point. */
export interface ValueAndGradient {
  readonly value: number;
  readonly gradient: Float64Array;
}

/** A differentiable function of a vector. */
export type Objective = (x: Float64Array) => ValueAndGradient | Promise<ValueAndGradient>;
