import type { SessionOptions } from '../runtime/session-settings.ts';
import { UserError } from '../util/errors.ts';
import type { StopSignal } from '../util/stop-signal.ts';
import { checkFeatures, countCorrect, type LabelledFeatures, type Score } from './labelled-features.ts';
import { checkProbeMemory } from './probe-limits.ts';
import { createSoftmaxLoss, type SoftmaxLoss } from './softmax-loss.ts';
import { fitSoftmaxRegression } from './softmax-regression.ts';
import { type FeatureRows, fitStandardization, type Standardization, standardizeRows } from './standardize.ts';

export interface LinearProbeOptions {
  readonly train: LabelledFeatures;
  readonly test: LabelledFeatures;
  /** Penalties to choose from, in increasing order. */
  readonly cs?: readonly number[] | undefined;
  /** Share of each class, its last images in order, that the penalty is chosen on. */
  readonly heldOutShare?: number | undefined;
  readonly tolerance?: number | undefined;
  readonly maxIterations?: number | undefined;
  readonly session?: SessionOptions | undefined;
  readonly signal?: StopSignal | undefined;
  readonly onProgress?:
    | ((progress: { readonly fit: number; readonly fits: number; readonly c: number }) => void)
    | undefined;
}

/** One penalty of the sweep. */
export interface SweepEntry {
  readonly c: number;
  /** Accuracy on the held-out training images, a fraction. */
  readonly heldOutTop1: number;
  readonly iterations: number;
  readonly converged: boolean;
}

export interface LinearProbeResult extends Score {
  readonly sweep: readonly SweepEntry[];
  readonly chosenC: number;
  readonly heldOut: number;
  readonly iterations: number;
  readonly converged: boolean;
  /** Weights [present, width + 1] of the classes with training images; the intercepts are the last column. */
  readonly weights: Float64Array;
  readonly standardization: Standardization;
}

export const PROBE_CS: readonly number[] = [0.001, 0.01, 0.1, 1, 10];
export const PROBE_TOLERANCE = 1e-5;
export const PROBE_MAX_ITERATIONS = 5000;
export const PROBE_HELD_OUT_SHARE = 0.1;

/**
 * The rows of each class split by order: the last `share` of every class, rounded down but at least one, is held out.
 */
export function splitByClass(
  labels: Int32Array,
  classes: number,
  share: number,
): { fit: Int32Array; heldOut: Int32Array } {
  const totals = new Int32Array(classes);
  for (const label of labels) (totals[label] as number)++;
  const seen = new Int32Array(classes);
  const fit: number[] = [];
  const heldOut: number[] = [];
  labels.forEach((label, row) => {
    const total = totals[label] as number;
    const kept = total - (total < 2 ? 0 : Math.max(1, Math.floor(total * share)));
    const index = (seen[label] as number)++;
    (index < kept ? fit : heldOut).push(row);
  });
  return { fit: Int32Array.from(fit), heldOut: Int32Array.from(heldOut) };
}

interface Fitted {
  readonly standardization: Standardization;
  readonly loss: SoftmaxLoss;
}

/** Hands rows to TensorFlow, with their places in `present` as labels. */
async function openLoss(
  set: LabelledFeatures,
  rows: Int32Array,
  present: Int32Array,
  session: SessionOptions,
): Promise<Fitted> {
  const selected: FeatureRows = { features: set.features, width: set.width, rows };
  const standardization = fitStandardization(selected);
  const loss = await createSoftmaxLoss(
    {
      features: standardizeRows(selected, standardization),
      labels: Int32Array.from(rows, (row) => present.indexOf(set.labels[row] as number)),
      count: rows.length,
      width: set.width + 1,
      classes: present.length,
    },
    session,
  );
  return { standardization, loss };
}

/** Scores some rows with fitted weights of the classes that are present, one row at a time. */
function score(
  set: LabelledFeatures,
  rows: Int32Array,
  present: Int32Array,
  standardization: Standardization,
  weights: Float64Array,
): Score {
  const { features, width, classes } = set;
  const logits = new Float64Array(rows.length * classes).fill(Number.NEGATIVE_INFINITY);
  rows.forEach((row, i) => {
    const values = standardizeRows({ features, width, rows: Int32Array.of(row) }, standardization);
    present.forEach((label, k) => {
      let sum = 0;
      for (let j = 0; j <= width; j++) sum += (values[j] as number) * (weights[k * (width + 1) + j] as number);
      logits[i * classes + label] = sum;
    });
  });
  return countCorrect(
    logits,
    Int32Array.from(rows, (row) => set.labels[row] as number),
    classes,
  );
}

/**
 * The accuracy of multinomial logistic regression on frozen features.
 *
 * Features are standardised with the mean and biased deviation of the rows being fitted. The penalty is chosen on the
 * last part of each class (ties go to the smaller C), then everything is fitted again on all rows and tested once.
 * Equal to scikit-learn's LogisticRegression up to its tolerance, which knows only classes with training images. Throws
 * a UserError when there are fewer than two of them or features are not finite, and the signal's reason when aborted.
 */
export async function linearProbe(options: LinearProbeOptions): Promise<LinearProbeResult> {
  const { train, test, cs = PROBE_CS, session = {}, signal, onProgress } = options;
  const { width, classes } = train;
  checkFeatures('training', train);
  checkFeatures('test', test);
  const present = new Int32Array(new Set(train.labels)).sort();
  if (present.length < 2) {
    throw new UserError(`Expected at least 2 classes for a linear probe, got ${present.length}.`);
  }
  const { fit, heldOut } = splitByClass(train.labels, classes, options.heldOutShare ?? PROBE_HELD_OUT_SHARE);
  if (heldOut.length === 0) throw new UserError('Expected at least 2 training images in one class, got 1 in each.');
  checkProbeMemory(train.count, width);
  const settings = {
    width: width + 1,
    classes: present.length,
    tolerance: options.tolerance ?? PROBE_TOLERANCE,
    maxIterations: options.maxIterations ?? PROBE_MAX_ITERATIONS,
    signal,
  };

  const sweep: (SweepEntry & { readonly weights: Float64Array })[] = [];
  const partial = await openLoss(train, fit, present, session);
  try {
    for (const c of cs) {
      onProgress?.({ fit: sweep.length + 1, fits: cs.length + 1, c });
      // The solution for the next smaller C is close: starting from it halves the iterations.
      const start = sweep.at(-1)?.weights ?? new Float64Array(present.length * (width + 1));
      const found = await fitSoftmaxRegression({ ...settings, loss: partial.loss, count: fit.length, c, start });
      const held = score(train, heldOut, present, partial.standardization, found.x);
      const { iterations, converged, x: weights } = found;
      sweep.push({ c, heldOutTop1: held.correct / held.n, iterations, converged, weights });
    }
  } finally {
    partial.loss.close();
  }
  const best = sweep.reduce((a, b) => (b.heldOutTop1 > a.heldOutTop1 ? b : a));

  onProgress?.({ fit: cs.length + 1, fits: cs.length + 1, c: best.c });
  const every = Int32Array.from(train.labels, (_, row) => row);
  const full = await openLoss(train, every, present, session);
  try {
    const final = await fitSoftmaxRegression({
      ...settings,
      loss: full.loss,
      count: train.count,
      c: best.c,
      start: best.weights,
    });
    const everyTest = Int32Array.from(test.labels, (_, row) => row);
    return {
      ...score(test, everyTest, present, full.standardization, final.x),
      sweep: sweep.map(({ weights: _, ...entry }) => entry),
      chosenC: best.c,
      heldOut: heldOut.length,
      iterations: final.iterations,
      converged: final.converged,
      weights: final.x,
      standardization: full.standardization,
    };
  } finally {
    full.loss.close();
  }
}
