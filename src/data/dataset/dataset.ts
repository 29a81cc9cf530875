import { isAbsolute } from 'node:path';
import { boundText } from '../../util/bound-text.ts';
import { UserError } from '../../util/errors.ts';
import { formatPlural } from '../../util/format-count.ts';
import { createExclusion } from '../files/exclusion.ts';
import type { OpenOptions } from '../files/file-tree.ts';
import { openTree } from '../files/open-tree.ts';
import type { IndexCache } from '../files/tar-index-cache.ts';
import { describeLists } from '../formats/lists-beside.ts';
import { openCollection } from '../formats/open-collection.ts';
import { similarClassWarnings } from '../sources/class-names.ts';
import type { Collection } from '../sources/collection.ts';
import { describeSource } from '../sources/describe-source.ts';
import { type Holdout, holdOut } from '../sources/holdout.ts';
import type { ImageSource } from '../sources/image-source.ts';
import { alignLabels, withoutLabels } from '../sources/labels.ts';
import { applySelection } from '../sources/selection.ts';
import {
  chooseOtherTest,
  chooseTest,
  chooseTrain,
  isAmong,
  type OpenedCollection,
  requireSplits,
} from './choose-splits.ts';
import { adviseForeignPictures, describeLeftOut, describeTest, describeUnused } from './describe-dataset.ts';

/** Bytes of the description, and of a warning. */
const MOST_TOLD = 3000;

/** Training images, and test images where there are any. */
export interface Dataset {
  readonly train: ImageSource;
  readonly test: ImageSource | undefined;
  /** For example "class folders: 50,000 images in 10 classes, test 10,000". */
  readonly description: string;
  /** What to mind before training on it, for people. */
  readonly warnings: readonly string[];
  /** Closes all files; sources can't be read afterwards. */
  close(): Promise<void>;
}

/** Which images of a data set to use. */
export interface DatasetOptions {
  /**
   * Split of the training images, such as a folder below the path, or several as `a+b` (default: `train`, otherwise
   * all).
   */
  readonly train?: string | undefined;
  /** Split of the test images, or an absolute path (default: the first of `TESTS`). */
  readonly test?: string | undefined;
  /** Only these classes, in training and test. */
  readonly classes?: readonly string[] | undefined;
  /** Only this share of each class's training images (of all images without classes). */
  readonly fraction?: number | undefined;
  /** Only the first so many training images of each class, in their order (of all images without classes). */
  readonly subset?: number | undefined;
  /** The same for test images. */
  readonly testSubset?: number | undefined;
  /** Training images that serve as test images instead (default: none). */
  readonly holdout?: Holdout | undefined;
  /** As `OpenOptions` has them. */
  readonly labels?: 'auto' | 'none' | undefined;
  readonly labelField?: string | undefined;
  readonly pathField?: string | undefined;
  /** Patterns of paths below the place that are left out. */
  readonly exclude?: readonly string[] | undefined;
  /** Bytes of memory that compressed files may take (default 1 GiB). */
  readonly archiveBytes?: number | undefined;
  /** Where indices of large archives are kept (default: nowhere). */
  readonly indexCache?: IndexCache | undefined;
}

/**
 * Opens images at a path, of any format that `FORMATS` knows, with their training and test splits.
 *
 * @throws UserError (exit code 2) for a missing path, one without images, a file of an unknown format, or splits that
 * don't fit each other.
 */
export async function openDataset(path: string, options: DatasetOptions = {}): Promise<Dataset> {
  const { archiveBytes = 2 ** 30, labels, labelField, pathField, exclude, indexCache, classes } = options;
  const common = { memoryBytes: archiveBytes, labels, labelField, pathField, indexCache };
  const exclusion = createExclusion(exclude);
  const opened: (() => Promise<void> | undefined)[] = [];
  const open = async (place: string, opening: OpenOptions): Promise<OpenedCollection> => {
    const tree = await openTree(place, opening);
    opened.push(tree.close);
    const collection = await openCollection(tree, opening);
    opened.push(() => collection.close?.());
    return { tree, collection: labels === 'none' ? leaveLabels(collection) : collection };
  };
  const close = async (): Promise<void> => {
    await Promise.all(opened.splice(0).map((end) => end()));
  };
  try {
    const main = await open(path, { ...common, exclusion });
    exclusion.assertUsed(path);
    const whole = await chooseTrain(main, options.train);
    const selected = applySelection(whole, { classes, fraction: options.fraction, perClass: options.subset });
    const trained = options.train ?? main.collection.train ?? '';
    const chosen = options.test === undefined ? await chooseTest(main, trained, whole.classes) : undefined;
    const tested = chosen?.split ?? options.test;
    const isElsewhere = options.test !== undefined && isAbsolute(options.test);
    const wholeTest = isElsewhere
      ? await chooseOtherTest(
          await open(options.test as string, { ...common, exclusion: createExclusion(exclude) }),
          whole.classes,
        )
      : options.test !== undefined
        ? await requireSplits(main, options.test, 'data.test', whole.classes)
        : chosen?.source;
    const found = wholeTest && selectTest(wholeTest, whole.classes, options);
    const { train, test, single } = divide(selected, found, options.holdout);
    const description = [
      describeSource(train),
      `${describeTest(test, whole)}${options.holdout === undefined ? '' : ' held out of training'}`,
      ...describeUnused(main.collection, (split) => {
        return isAmong(split, trained) || (tested !== undefined && isAmong(split, tested));
      }),
      ...describeLeftOut(main.tree, main.collection),
      ...exclusion.notes(),
      ...(train.labels === undefined && labels !== 'none' ? await describeLists(main.tree, train, common) : []),
    ].join(', ');
    const advice = adviseForeignPictures(main.tree, main.collection);
    const kept = single === 0 ? [] : [keptText(single)];
    const warnings = [...(train.warnings ?? []), ...kept, ...similarClassWarnings(train.classes), ...advice];
    const bounded = warnings.map((warning) => boundText(warning, MOST_TOLD));
    return { train, test, description: boundText(description, MOST_TOLD), warnings: bounded, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Training and test images, where some of the former may be held out as the latter. */
function divide(
  train: ImageSource,
  test: ImageSource | undefined,
  holdout: Holdout | undefined,
): { readonly train: ImageSource; readonly test: ImageSource | undefined; readonly single: number } {
  if (holdout === undefined) return { train, test, single: 0 };
  if (test === undefined) return holdOut(train, holdout);
  throw new UserError(
    `${holdout.place}: expected images without a test split, of which some are held out, got ${formatPlural(test.count, 'test image')}`,
    { hint: 'Leave it out (0): the test images that are there are taken.', exitCode: 2 },
  );
}

function keptText(single: number): string {
  return `evaluate.holdout: ${formatPlural(single, 'class', 'classes')} of a single image, which stays in training: no test image is of ${single === 1 ? 'it' : 'them'}`;
}

/** A collection whose images have no labels, because the user wants none. */
function leaveLabels(collection: Collection): Collection {
  return {
    ...collection,
    async open(split, known) {
      const source = await collection.open(split, known);
      return source && { ...source, ...withoutLabels('data.labels is none'), warnings: undefined };
    },
  };
}

function selectTest(
  source: ImageSource,
  known: readonly string[],
  { classes, testSubset }: DatasetOptions,
): ImageSource {
  const aligned = { ...source, ...alignLabels(source, known, source.name) };
  // Test images without labels are of no class, so that none can be chosen.
  return applySelection(aligned, {
    classes: aligned.labels === undefined ? undefined : classes,
    perClass: testSubset,
  });
}
