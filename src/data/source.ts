import { stat } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { UserError } from '../util/errors.ts';
import { nearestName } from '../util/nearest-name.ts';
import { openArchive } from './archive.ts';
import { listFolder } from './image-folder.ts';
import type { ImageSource, Listing } from './image-source.ts';
import { firstOfEach, type Layout, readLayout } from './layout.ts';
import { nearestPath } from './nearest-path.ts';
import { IMAGE_EXTENSION_NAMES } from './paths.ts';
import { findSplits, splitPrefix } from './splits.ts';

/** Training images, and test images where there are any. */
export interface Dataset {
  readonly train: ImageSource;
  readonly test: ImageSource | undefined;
  /** For example "class folders: 50,000 images in 10 classes, test 10,000". */
  readonly description: string;
  /** Closes an archive; sources can't be read afterwards. */
  close(): Promise<void>;
}

/** Which images of a data set to use. */
export interface DatasetOptions {
  /** Folder of the training images below the path (default: `train` where there is one, otherwise all). */
  readonly train?: string | undefined;
  /** Folder of the test images below the path, or an absolute path (default: test, val, valid or validation). */
  readonly test?: string | undefined;
  /** Only the first so many training images of each class, by sorted name (of all images without classes). */
  readonly subset?: number | undefined;
  /** The same for test images. */
  readonly testSubset?: number | undefined;
  /** Bytes of memory that a compressed archive may take. */
  readonly archiveBytes?: number | undefined;
}

const formatCount = (count: number): string => count.toLocaleString('en-US');

async function openListing(path: string, archiveBytes: number | undefined): Promise<Listing> {
  const found = await stat(path).catch((error: unknown) => {
    const near = nearestPath(path);
    const hint = near === undefined ? 'Name an existing folder or archive of images.' : `Did you mean ${near}?`;
    throw new UserError(`expected a folder or archive of images, got nothing at ${path}`, {
      hint,
      exitCode: 2,
      cause: error,
    });
  });
  const listing = found.isDirectory() ? await listFolder(path) : await openArchive(path, { maxBytes: archiveBytes });
  if (listing.paths.length > 0) return listing;
  await listing.close();
  const others = [...listing.otherFiles].sort((a, b) => b[1] - a[1]).slice(0, 5);
  const seen = others.map(([extension, count]) => `${formatCount(count)} ${extension || 'without extension'}`);
  throw new UserError(
    `expected images (${IMAGE_EXTENSION_NAMES}), got ${seen.length === 0 ? 'no files' : `only other files (${seen.join(', ')})`} in ${path}`,
    { hint: 'Name the folder that holds the images or their class folders.', exitCode: 2 },
  );
}

function below(listing: Listing, prefix: string): readonly string[] {
  return prefix === '' ? listing.paths : listing.paths.filter((path) => path.startsWith(prefix));
}

function describe(layout: Layout): string {
  const images = `${formatCount(layout.paths.length)} images`;
  return layout.labels === undefined
    ? `images without labels (${layout.kind}): ${images}`
    : `${layout.kind}: ${images} in ${formatCount(layout.classes.length)} classes`;
}

function createSource(listing: Listing, layout: Layout): ImageSource {
  const path = (index: number): string => {
    const found = layout.paths[index];
    if (found === undefined) throw new RangeError(`image ${index} of ${layout.paths.length}`);
    return found;
  };
  return {
    description: describe(layout),
    count: layout.paths.length,
    labels: layout.labels,
    classes: layout.classes,
    name: path,
    read: async (index) => listing.read(path(index)),
  };
}

/** The split that `name` says, or a UserError that lists the folders that exist. */
function requireSplit(listing: Listing, name: string, key: string): string {
  const prefix = splitPrefix(listing.paths, name);
  if (prefix !== undefined) return prefix;
  const { folders } = findSplits(listing.paths);
  const near = nearestName(name, folders);
  const listed =
    folders.length === 0
      ? 'It has no sub folders.'
      : `It has ${folders.slice(0, 8).join(', ')}${folders.length > 8 ? ', ...' : ''}.`;
  throw new UserError(`expected images in ${name}/ (${key}), got none in ${listing.where}`, {
    hint: near === undefined ? listed : `Did you mean ${near}? ${listed}`,
    exitCode: 2,
  });
}

/** A labelled one of several possible test splits is preferred to an unlabelled one, such as ImageNet's test folder. */
function chooseTest(listing: Listing, candidates: readonly string[], classes: readonly string[]): Layout | undefined {
  const layouts = candidates.map((prefix) => readLayout(below(listing, prefix), prefix, classes));
  return layouts.find((layout) => layout.labels !== undefined) ?? layouts[0];
}

/** The test split within `listing` that the options name, or that its folders show. */
function readTest(
  listing: Listing,
  name: string | undefined,
  train: string,
  classes: readonly string[],
): Layout | undefined {
  if (name === undefined) {
    const others = findSplits(listing.paths).tests.filter((prefix) => prefix !== train);
    return chooseTest(listing, others, classes);
  }
  const prefix = requireSplit(listing, name, 'data.test');
  return readLayout(below(listing, prefix), prefix, classes);
}

/** The test images of a place of their own: its test split where it has one, else all of it. */
function readOtherTest(listing: Listing, classes: readonly string[]): Layout {
  return chooseTest(listing, findSplits(listing.paths).tests, classes) ?? readLayout(listing.paths, '', classes);
}

/**
 * Opens a folder or an archive (.tar, .tar.gz, .tgz) of images, with its `train/` and `test|val|valid|validation/`
 * splits where it has them.
 *
 * @throws UserError (exit code 2) for a missing path, one without images, a file that is no archive, or splits that
 * don't fit each other.
 */
export async function openDataset(path: string, options: DatasetOptions = {}): Promise<Dataset> {
  const opened: Listing[] = [];
  const open = async (place: string): Promise<Listing> => {
    const listing = await openListing(place, options.archiveBytes);
    opened.push(listing);
    return listing;
  };
  const close = async (): Promise<void> => {
    await Promise.all(opened.splice(0).map((listing) => listing.close()));
  };
  try {
    const listing = await open(path);
    const prefix =
      options.train === undefined
        ? findSplits(listing.paths).train
        : requireSplit(listing, options.train, 'data.train');
    const whole = readLayout(below(listing, prefix), prefix);
    const train = firstOfEach(whole, options.subset ?? Number.POSITIVE_INFINITY);

    const isElsewhere = options.test !== undefined && isAbsolute(options.test);
    const testListing = isElsewhere ? await open(options.test as string) : listing;
    const wholeTest = isElsewhere
      ? readOtherTest(testListing, whole.classes)
      : readTest(listing, options.test, prefix, whole.classes);
    const test = wholeTest && firstOfEach(wholeTest, options.testSubset ?? Number.POSITIVE_INFINITY);
    return {
      train: createSource(listing, train),
      test: test && createSource(testListing, test),
      description: `${describe(train)}, ${describeTest(test, whole)}`,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function describeTest(test: Layout | undefined, train: Layout): string {
  if (test === undefined) return 'no test images';
  const unlabelled = test.labels === undefined && train.labels !== undefined ? ' (without labels)' : '';
  return `test ${formatCount(test.paths.length)}${unlabelled}`;
}
