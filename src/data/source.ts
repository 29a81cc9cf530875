import { isAbsolute } from 'node:path';
import { UserError } from '../util/errors.ts';
import { nearestName } from '../util/nearest-name.ts';
import { concatSources } from './concat-sources.ts';
import { describeLeftOut, describeSource, describeTest, unknownFormat } from './describe-source.ts';
import type { FileTree, OpenOptions } from './files/file-tree.ts';
import { openTree } from './files/open-tree.ts';
import type { IndexCache } from './files/tar-index-cache.ts';
import { FORMATS } from './formats/table.ts';
import type { Collection, ImageSource } from './image-source.ts';
import { alignLabels } from './labels.ts';
import { applySelection } from './select.ts';

/** Training images, and test images where there are any. */
export interface Dataset {
  readonly train: ImageSource;
  readonly test: ImageSource | undefined;
  /** For example "class folders: 50,000 images in 10 classes, test 10,000". */
  readonly description: string;
  /** Closes all files; sources can't be read afterwards. */
  close(): Promise<void>;
}

/** Which images of a data set to use. */
export interface DatasetOptions {
  /** Split of the training images, such as a folder below the path, or several as `a+b` (default: `train`, otherwise all). */
  readonly train?: string | undefined;
  /** Split of the test images, or an absolute path (default: test, val, valid or validation). */
  readonly test?: string | undefined;
  /** Only these classes, in training and test. */
  readonly classes?: readonly string[] | undefined;
  /** Only this share of each class's training images (of all images without classes). */
  readonly fraction?: number | undefined;
  /** Only the first so many training images of each class, in their order (of all images without classes). */
  readonly subset?: number | undefined;
  /** The same for test images. */
  readonly testSubset?: number | undefined;
  /** Which of several labels, as `OpenOptions` has it. */
  readonly labelField?: string | undefined;
  /** Bytes of memory that compressed files may take (default 1 GiB). */
  readonly archiveBytes?: number | undefined;
  /** Where indices of large archives are kept (default: nowhere). */
  readonly indexCache?: IndexCache | undefined;
}

/** A collection and the files that it is read from. */
interface Opened {
  readonly tree: FileTree;
  readonly collection: Collection;
}

async function openCollection(tree: FileTree, options: OpenOptions): Promise<Collection> {
  for (const { open, hasLabelFields } of FORMATS) {
    const collection = await open(tree, options);
    if (collection === undefined) continue;
    if (options.labelField === undefined || hasLabelFields) return collection;
    throw new UserError(`expected images with several labels for data.labelField, got ${tree.where}`, {
      hint: 'Leave data.labelField out: these images have one label or none.',
      exitCode: 2,
    });
  }
  throw unknownFormat(tree);
}

/** The split that `name` says, or a UserError that lists those that exist. */
async function requireSplit(
  { collection, tree }: Opened,
  name: string,
  key: string,
  known: readonly string[],
): Promise<ImageSource> {
  const source = await collection.open(name, known);
  if (source !== undefined) return source;
  const { splits } = collection;
  const near = nearestName(name, splits);
  const listed =
    splits.length === 0
      ? 'It is not divided.'
      : `It has ${splits.slice(0, 8).join(', ')}${splits.length > 8 ? ', ...' : ''}.`;
  throw new UserError(`expected images in ${name} (${key}), got none in ${tree.where}`, {
    hint: near === undefined ? listed : `Did you mean ${near}? ${listed}`,
    exitCode: 2,
  });
}

/** Splits that are named together, such as `train+unlabeled`, one after the other; labels where all have them. */
async function requireSplits(
  opened: Opened,
  names: string,
  key: string,
  known: readonly string[],
): Promise<ImageSource> {
  const parts = names.split('+');
  const isOne = parts.length === 1 || (await opened.collection.open(names, known)) !== undefined;
  if (isOne) return requireSplit(opened, names, key, known);
  const [name = '', ...rest] = parts;
  const first = await requireSplit(opened, name, key, known);
  const others: ImageSource[] = [];
  for (const part of rest) {
    const source = await requireSplit(opened, part, key, first.classes);
    others.push({ ...source, ...alignLabels(source, first.classes, source.name) });
  }
  return concatSources([first, ...others]);
}

async function openTrain(opened: Opened, name: string | undefined): Promise<ImageSource> {
  const { collection, tree } = opened;
  const split = name ?? collection.train;
  if (split !== undefined) return requireSplits(opened, split, 'data.train', []);
  throw new UserError(`expected images named train, got ${collection.splits.join(', ')} in ${tree.where}`, {
    hint: `Say which to train on: --set data.train=${collection.splits[0]}`,
    exitCode: 2,
  });
}

/** Whether a split, which may be a folder with a slash at its end, is one of those named. */
function isAmong(split: string, names: string): boolean {
  return [names, ...names.split('+')].some((name) => split === name || `/${split}`.endsWith(`/${name}/`));
}

/** A labelled one of several possible test splits is preferred to an unlabelled one, such as ImageNet's test folder. */
async function chooseTest(
  { collection }: Opened,
  train: string | undefined,
  known: readonly string[],
): Promise<ImageSource | undefined> {
  let first: ImageSource | undefined;
  for (const split of collection.tests) {
    if (train !== undefined && isAmong(split, train)) continue;
    const source = await collection.open(split, known);
    if (source?.labels !== undefined) return source;
    first ??= source;
  }
  return first;
}

/** The test images of a place of their own: its test split where it has one, else all of it. */
async function openOtherTest(opened: Opened, known: readonly string[]): Promise<ImageSource> {
  const { collection } = opened;
  const chosen = await chooseTest(opened, undefined, known);
  return chosen ?? (await collection.open('', known)) ?? openTrain(opened, undefined);
}

/**
 * Opens images at a path, of any format that `FORMATS` knows, with their training and test splits.
 *
 * @throws UserError (exit code 2) for a missing path, one without images, a file of an unknown format, or splits that
 * don't fit each other.
 */
export async function openDataset(path: string, options: DatasetOptions = {}): Promise<Dataset> {
  const { archiveBytes: memoryBytes = 2 ** 30, labelField, indexCache, classes } = options;
  const opened: (() => Promise<void> | undefined)[] = [];
  const open = async (place: string): Promise<Opened> => {
    const tree = await openTree(place, { memoryBytes, labelField, indexCache });
    opened.push(tree.close);
    const collection = await openCollection(tree, { memoryBytes, labelField, indexCache });
    opened.push(() => collection.close?.());
    return { tree, collection };
  };
  const close = async (): Promise<void> => {
    await Promise.all(opened.splice(0).map((end) => end()));
  };
  try {
    const main = await open(path);
    const whole = await openTrain(main, options.train);
    const train = applySelection(whole, { classes, fraction: options.fraction, perClass: options.subset });
    const isElsewhere = options.test !== undefined && isAbsolute(options.test);
    const wholeTest = isElsewhere
      ? await openOtherTest(await open(options.test as string), whole.classes)
      : options.test !== undefined
        ? await requireSplits(main, options.test, 'data.test', whole.classes)
        : await chooseTest(main, options.train ?? main.collection.train, whole.classes);
    const test = wholeTest && selectTest(wholeTest, whole.classes, options);
    const description = [
      describeSource(train),
      describeTest(test, whole),
      ...describeLeftOut(main.tree, main.collection),
    ].join(', ');
    return { train, test, description, close };
  } catch (error) {
    await close();
    throw error;
  }
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
