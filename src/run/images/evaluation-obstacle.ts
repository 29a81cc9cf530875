import type { ImageSource } from '../../data/sources/image-source.ts';
import { classObstacle } from '../../evaluate/class-obstacle.ts';
import { pixelSize } from '../../evaluate/pixels.ts';
import { probeBytes, probeObstacle } from '../../evaluate/probe-limits.ts';
import { formatBytes } from '../../util/format-bytes.ts';
import { formatPlural } from '../../util/format-count.ts';
import { listNames } from '../../util/list-names.ts';
import type { ImageSet } from './run-images.ts';

/** A split's labels where it has some, and the names of its classes. */
export type SplitLabels = Pick<ImageSource, 'labels' | 'classes'>;

/** The splits that an evaluation is made of. */
export interface EvaluatedLabels {
  readonly train: SplitLabels;
  /** Undefined without test images. */
  readonly test: SplitLabels | undefined;
}

/** Why images allow no evaluation. */
export interface Obstacle {
  /** What the images should be. */
  readonly wanted: 'with labels' | 'of at least two classes';
  readonly reason: string;
}

/** The labels of images that are opened: of the good ones, where they are known. */
export function labelsOf({ train, test }: { readonly train: ImageSet; readonly test: ImageSet | undefined }) {
  const of = ({ source, loaded }: ImageSet): SplitLabels => {
    return { labels: loaded?.labels ?? source.labels, classes: source.classes };
  };
  return { train: of(train), test: test && of(test) };
}

/** Why labels allow no evaluation; undefined when they do. */
export function evaluationObstacle({ train, test }: EvaluatedLabels): Obstacle | undefined {
  const unlabelled = (reason: string): Obstacle => ({ wanted: 'with labels', reason });
  if (train.labels === undefined) return unlabelled('the images have no labels');
  if (test === undefined) return unlabelled('there are no test images');
  if (test.labels === undefined) return unlabelled('the test images have no labels');
  const reason = classObstacle(train.labels, test.labels, train.classes);
  return reason === undefined ? undefined : { wanted: 'of at least two classes', reason };
}

/** Whether images that lack test images could be evaluated if some of them were held out (`evaluate.holdout`). */
export function mayHoldOut({ train, test }: EvaluatedLabels): boolean {
  return test === undefined && new Set(train.labels).size > 1;
}

/** What a run evaluates besides its encoder's kNN. */
export interface PlannedEvaluation {
  readonly linearProbe: boolean;
  /** Whether raw pixels are evaluated too. */
  readonly floors: boolean;
  /** Width of the encoder's features. */
  readonly featureSize: number;
  /** Side of the views in pixels. */
  readonly viewSize: number;
}

/** Classes that are named; more would not be read. */
const MOST_CLASSES = 3;

function untrainedClasses(train: Int32Array, test: Int32Array, names: readonly string[]): string[] {
  const known = new Set(train);
  const strange = test.filter((label) => !known.has(label));
  if (strange.length === 0) return [];
  const classes = [...new Set(strange)].sort((a, b) => a - b).map((label) => names[label] ?? String(label));
  const listed = listNames(classes, MOST_CLASSES);
  return [
    `${formatPlural(strange.length, 'test image')} of classes without training images (${listed}): no evaluation can get them right`,
  ];
}

/** A probe that will need more memory than there is; by then there may be more. */
function probeMemory(count: number, planned: PlannedEvaluation, available: number): string[] {
  const side = pixelSize({ height: planned.viewSize, width: planned.viewSize });
  const subjects = [
    { name: 'the encoder', width: planned.featureSize },
    ...(planned.floors ? [{ name: 'the raw pixels', width: 3 * side.height * side.width }] : []),
  ].map(({ name, width }) => ({ name, bytes: probeBytes(count, width) }));
  const large = subjects.filter(({ bytes }) => bytes > available);
  if (large.length === 0) return [];
  const needed = formatBytes(Math.max(...large.map(({ bytes }) => bytes)));
  return [
    `the linear probe of ${large.map(({ name }) => name).join(' and ')} takes about ${needed} of memory for ${formatPlural(count, 'image')}, and is left out where there is less: ${formatBytes(available)} are free now; data.subsetPerClass takes fewer images`,
  ];
}

/**
 * What an evaluation of these images will leave out or can't get right, each with the reason; told before training.
 *
 * @param available bytes of free memory.
 */
export function evaluationWarnings(
  labels: EvaluatedLabels,
  planned: PlannedEvaluation,
  available = process.availableMemory(),
): string[] {
  const obstacle = evaluationObstacle(labels);
  if (obstacle !== undefined) {
    const hint = mayHoldOut(labels)
      ? '; --set evaluate.holdout=0.1 holds a tenth of the training images out for it'
      : '';
    return [`no evaluation: ${obstacle.reason}${hint}`];
  }
  const { train, test } = labels;
  const [trained, tested] = [train.labels as Int32Array, test?.labels as Int32Array];
  const reason = probeObstacle(trained);
  const probe = reason === undefined ? probeMemory(trained.length, planned, available) : [`no linear probe: ${reason}`];
  return [...untrainedClasses(trained, tested, train.classes), ...(planned.linearProbe ? probe : [])];
}

/** The protocols, among those that are asked for, that labels allow. */
export function allowedKinds<Kind extends string>(labels: EvaluatedLabels, kinds: readonly Kind[]): readonly Kind[] {
  if (evaluationObstacle(labels) !== undefined) return [];
  const isFitted = probeObstacle(labels.train.labels as Int32Array) === undefined;
  return kinds.filter((kind) => isFitted || kind !== 'linear-probe');
}
