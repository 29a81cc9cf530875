import { UserError } from '../../util/errors.ts';
import type { ImageSource } from './image-source.ts';
import { canonicalSplit, TESTS, TRAIN } from './splits.ts';

/** What a place holds, once its format is known. */
export interface Collection {
  /** Names of the splits, for messages; empty where there is but one. */
  readonly splits: readonly string[];
  /** The split to train on unless told otherwise; undefined where that can't be known. */
  readonly train: string | undefined;
  /** Why that can't be known although files are named for training; undefined otherwise. */
  readonly whyNoTrain?: string | undefined;
  /** Splits to test on, in order of preference. */
  readonly tests: readonly string[];
  /** What was left out, for people, such as "2 links". */
  readonly notes: readonly string[];
  /** How many images each split holds, for those that are no part of another. */
  readonly counts: ReadonlyMap<string, number>;
  /** How many images it holds, where that is not the sum of the counts. */
  readonly total?: number | undefined;
  /** The files of the tree that it reads, for images, labels or names; all others are counted. */
  readonly files: ReadonlySet<string>;
  /**
   * The images of a split; undefined where it has none. The whole is the split ''.
   *
   * @param known the training split's classes, for formats that find classes by them.
   */
  open(split: string, known: readonly string[]): Promise<ImageSource | undefined>;
  /** Closes what the collection opened beside its files. */
  readonly close?: (() => Promise<void>) | undefined;
}

/**
 * The collection of splits whose images are known; '' is the name of a split that the format doesn't name.
 *
 * Training uses `train`, or the only split there is.
 *
 * @param files as `Collection` has them.
 * @param parts names of splits that are parts of others, such as folds.
 * @throws UserError (exit code 2) where two sources claim one split.
 */
export function collectionOf(
  sources: Iterable<readonly [split: string, source: ImageSource]>,
  files: Iterable<string>,
  notes: readonly string[] = [],
  parts: ReadonlySet<string> = new Set(),
): Collection {
  const bySplit = new Map<string, ImageSource>();
  for (const [split, source] of sources) {
    const other = bySplit.get(split);
    if (other !== undefined) {
      const names = [other, source].map(({ count, name }) => (count > 0 ? name(0) : 'an empty one'));
      throw new UserError(`expected one set of ${split || 'training'} images, got two: ${names.join(' and ')}`, {
        hint: 'Put each data set into a folder of its own, or name one of the files.',
        exitCode: 2,
      });
    }
    bySplit.set(split, source);
  }
  const names = [...bySplit.keys()];
  const whole = names.filter((name) => !parts.has(name));
  const [only = ''] = whole;
  const train = whole.includes(TRAIN) ? TRAIN : whole.length === 1 ? only : bySplit.has('') ? '' : undefined;
  return {
    splits: names.filter((name) => name !== ''),
    train,
    tests: TESTS.filter((name) => whole.includes(name) && name !== train),
    notes,
    counts: new Map([...bySplit].flatMap(([name, { count }]) => (parts.has(name) ? [] : [[name, count]]))),
    files: new Set(files),
    open: async (split) => bySplit.get(split) ?? bySplit.get(canonicalSplit(split)),
  };
}
