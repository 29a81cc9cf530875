import { UserError } from '../util/errors.ts';

/** Frozen features float32 [count, width] with labels int32 [count] in [0, classes). */
export interface LabelledFeatures {
  readonly features: Float32Array;
  readonly labels: Int32Array;
  readonly count: number;
  readonly width: number;
  readonly classes: number;
}

/** What a protocol found on the test images. */
export interface Score {
  /** Number of test images. */
  readonly n: number;
  /** How many have their class ranked first. */
  readonly correct: number;
  /** How many have their class among the first five. */
  readonly correctTop5: number;
}

/** Throws a UserError unless sizes agree, every feature is finite and every label is a class; `role` names them. */
export function checkFeatures(role: string, set: LabelledFeatures): void {
  const { features, labels, count, width, classes } = set;
  if (count === 0) throw new UserError(`Expected ${role} images, got none.`);
  if (features.length !== count * width || labels.length !== count) {
    throw new RangeError(
      `Expected ${count} ${role} rows of ${width}, got ${features.length} values and ${labels.length} labels.`,
    );
  }
  const stray = labels.findIndex((label) => label < 0 || label >= classes);
  if (stray >= 0) {
    throw new UserError(`Expected ${role} labels from 0 to ${classes - 1}, got ${labels[stray]} for image ${stray}.`, {
      hint: 'Use the same class folders for training and test images.',
    });
  }
  const broken = features.findIndex((value) => !Number.isFinite(value));
  if (broken >= 0) {
    throw new UserError(
      `Expected finite ${role} features, got ${features[broken]} for image ${Math.floor(broken / width)}.`,
      {
        hint: 'The encoder has diverged: train again with a lower learning rate.',
      },
    );
  }
}

/** Counts how often the label is ranked first and among the first five; equal scores rank the lower class first. */
export function countCorrect(scores: Float64Array, labels: Int32Array, classes: number): Score {
  let correct = 0;
  let correctTop5 = 0;
  labels.forEach((label, row) => {
    const own = scores[row * classes + label] as number;
    let rank = 0;
    for (let k = 0; k < classes; k++) {
      const other = scores[row * classes + k] as number;
      if (other > own || (other === own && k < label)) rank++;
    }
    if (rank === 0) correct++;
    if (rank < 5) correctTop5++;
  });
  return { n: labels.length, correct, correctTop5 };
}
