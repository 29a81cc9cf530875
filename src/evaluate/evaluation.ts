import type { SessionOptions } from '../runtime/session-settings.ts';
import { UserError } from '../util/errors.ts';
import { formatCount, formatPlural } from '../util/format-count.ts';
import { classObstacle } from './class-obstacle.ts';
import { INTERVAL_METHOD, wilsonInterval } from './interval.ts';
import { KNN_K, KNN_TEMPERATURE, knn } from './knn.ts';
import type { LabelledFeatures, Score } from './labelled-features.ts';
import { type LinearProbeOptions, linearProbe, PROBE_MAX_ITERATIONS, PROBE_TOLERANCE } from './linear-probe.ts';

/**
 * What features come from: the trained encoder, the weights that its training started from, the same encoder with
 * random weights, or the pixels themselves.
 */
export type Subject = 'pretrained' | 'start' | 'untrained' | 'pixels';

/** One measured accuracy, as `report.json` holds it; see the field notes for units. */
export interface Evaluation {
  /** `knn`, `linear-probe`, or the name of a later protocol. */
  name: 'knn' | 'linear-probe' | (string & {});
  subject: Subject;
  /** Share of test images whose first guess is right: a fraction from 0 to 1. Screens print percent. */
  top1: number;
  /** Number of test images behind `top1`. */
  n: number;
  /** 95 % interval of `top1`, `[low, high]`, as fractions from 0 to 1. */
  interval: readonly [number, number];
  /** Every setting that moves the number, and one sentence that states them in words. */
  protocol: Record<string, unknown> & { description: string };
}

/** Features to evaluate, and where they come from. */
export interface EvaluationInput {
  readonly subject: Subject;
  /** Training images: the bank of kNN, the rows that a probe is fitted to. */
  readonly train: LabelledFeatures;
  readonly test: LabelledFeatures;
  /** Completed epochs behind the encoder, for subject `pretrained`; undefined for weights that don't say. */
  readonly epoch?: number | undefined;
  /** What was done to every image first: `Resize(256) + CenterCrop(224), bilinear`. */
  readonly transform: string;
  readonly session?: SessionOptions | undefined;
  readonly signal?: AbortSignal | undefined;
}

const FEATURES: Readonly<Record<Subject, string>> = {
  pretrained: 'backbone output, BatchNorm in evaluation mode, no augmentation',
  start: 'backbone output of the weights that training started from, BatchNorm in evaluation mode, no augmentation',
  untrained: 'backbone output at initialisation, BatchNorm in evaluation mode, no augmentation',
  pixels: 'pixels, averaged to 32 x 32 where there are more, normalised by channel and flattened, no augmentation',
};

/**
 * What every protocol states: where the features come from, how many images, and that nothing was selected on the test
 * images.
 */
function commonProtocol({ subject, train, test, epoch, transform }: EvaluationInput): {
  readonly settings: Record<string, unknown>;
  readonly words: string;
} {
  const features = FEATURES[subject];
  const isLast = subject === 'pretrained' && epoch !== undefined;
  return {
    settings: {
      features,
      transform,
      featureWidth: train.width,
      classes: train.classes,
      trainImages: train.count,
      testImages: test.count,
      ...(isLast && { selection: 'last epoch', epoch }),
      interval: INTERVAL_METHOD,
    },
    words: `${features}${isLast ? `, last epoch (${epoch})` : ''}; images by ${transform}; ${formatCount(train.count)} training and ${formatPlural(test.count, 'test image')}, ${formatPlural(train.classes, 'class', 'classes')}`,
  };
}

function toEvaluation(
  name: string,
  subject: Subject,
  { n, correct, correctTop5 }: Score,
  classes: number,
  protocol: Evaluation['protocol'],
): Evaluation {
  const top5 = classes > 5 ? { top5: correctTop5 / n } : {};
  return {
    name,
    subject,
    top1: correct / n,
    n,
    interval: wilsonInterval(correct, n),
    protocol: { ...protocol, ...top5 },
  };
}

/** Throws a UserError where the classes say nothing of an encoder, however good it is. */
function checkClasses({ train, test }: EvaluationInput): void {
  const obstacle = classObstacle(train.labels, test.labels);
  if (obstacle !== undefined) throw new UserError(`Expected images of at least two classes, but ${obstacle}.`);
}

/** Measures weighted kNN and states how; see `knn` for what it throws. */
export async function evaluateKnn(
  input: EvaluationInput,
  options: { readonly k?: number | undefined; readonly temperature?: number | undefined } = {},
): Promise<Evaluation> {
  checkClasses(input);
  const { subject, train, test, session, signal } = input;
  const { settings, words } = commonProtocol(input);
  const result = await knn({
    bank: train,
    queries: test,
    k: options.k ?? KNN_K,
    temperature: options.temperature ?? KNN_TEMPERATURE,
    session,
    signal,
  });
  const { k, temperature } = result;
  return toEvaluation('knn', subject, result, train.classes, {
    description: `Weighted kNN: ${words}; L2-normalised, cosine similarity, k ${k}, votes exp(similarity / ${temperature}), ties to the lower class; ${INTERVAL_METHOD}.`,
    ...settings,
    metric: 'cosine similarity of L2-normalised features',
    k,
    temperature,
    votes: 'exp(similarity / temperature)',
    ties: 'lower class index',
  });
}

/** Measures a linear probe and states how; see `linearProbe` for what it throws. */
export async function evaluateLinearProbe(
  input: EvaluationInput,
  options: Pick<LinearProbeOptions, 'cs' | 'tolerance' | 'maxIterations' | 'onProgress'> = {},
): Promise<Evaluation> {
  checkClasses(input);
  const { subject, train, test, session, signal } = input;
  const { settings, words } = commonProtocol(input);
  const result = await linearProbe({
    ...options,
    train,
    test,
    session,
    signal,
  });
  const { sweep, chosenC, heldOut, iterations, converged } = result;
  return toEvaluation('linear-probe', subject, result, train.classes, {
    description: `Multinomial logistic regression: ${words}; standardised with the fitted rows' mean and deviation; C ${chosenC} of ${sweep.map(({ c }) => c).join(', ')} chosen on ${formatPlural(heldOut, 'held-out training image')}, refitted on all, tested once; ${INTERVAL_METHOD}.`,
    ...settings,
    standardisation: 'mean and biased standard deviation + 1e-8 of the fitted rows',
    objective: `0.5 |${new Set(train.labels).size === 2 ? 'w1 - w0' : 'W'}|^2 + C * sum of log losses, intercept not penalised`,
    optimizer: 'L-BFGS, float64',
    tolerance: options.tolerance ?? PROBE_TOLERANCE,
    maxIterations: options.maxIterations ?? PROBE_MAX_ITERATIONS,
    heldOutImages: heldOut,
    heldOutRule: 'the last 10 % of each class, in order',
    sweep,
    chosenC,
    iterations,
    converged,
  });
}
