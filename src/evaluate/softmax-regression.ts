import type { StopSignal } from '../util/stop-signal.ts';
import { type Minimum, minimize } from './lbfgs.ts';
import type { SoftmaxLoss } from './softmax-loss.ts';

export interface FitOptions {
  readonly loss: SoftmaxLoss;
  readonly count: number;
  readonly width: number;
  readonly classes: number;
  /** The inverse strength of the penalty. */
  readonly c: number;
  /** Weights to begin from [classes, width]; the intercepts are the last column. */
  readonly start: Float64Array;
  readonly tolerance: number;
  readonly maxIterations: number;
  readonly signal?: StopSignal | undefined;
}

/**
 * Fits weights W and intercepts b that minimise 0.5 |W|^2 + c * (sum of log losses); b is not penalised.
 *
 * For two classes 0.5 |w1 - w0|^2 is penalised, as scikit-learn does, which fits one vector then: at the minimum, where
 * w0 = -w1, that is |W|^2.
 *
 * The work is done on the objective divided by c * count, as in scikit-learn's LogisticRegression, so that `tolerance`
 * bounds the gradient of the mean loss. The last feature must be the constant 1. Preconditioned with the Hessian at
 * zero weights (the fixed curvature of Böhning, Ann. Inst. Stat. Math. 44, 1992), L-BFGS needs about 20 iterations
 * instead of hundreds.
 */
export async function fitSoftmaxRegression(options: FitOptions): Promise<Minimum> {
  const { loss, count, width, classes, c, start, tolerance, maxIterations, signal } = options;
  const penalty = (classes === 2 ? 2 : 1) / (c * count);
  const isIntercept = (i: number): boolean => i % width === width - 1;
  await loss.factorize(Float64Array.from({ length: width }, (_, i) => (isIntercept(i) ? 0 : penalty)));
  return minimize({
    start,
    tolerance,
    maxIterations,
    signal,
    precondition: (vector) => loss.solve(vector),
    async objective(weights) {
      const { value, gradient } = await loss.evaluate(weights);
      let squares = 0;
      for (let i = 0; i < weights.length; i++) {
        if (isIntercept(i)) continue;
        const weight = weights[i] as number;
        squares += weight * weight;
        (gradient[i] as number) += penalty * weight;
      }
      return { value: value + 0.5 * penalty * squares, gradient };
    },
  });
}
