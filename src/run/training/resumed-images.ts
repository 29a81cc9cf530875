import type { ImageRecords } from '../../data/loading/image-records.ts';
import { UserError } from '../../util/errors.ts';
import { formatCount, formatPlural } from '../../util/format-count.ts';
import type { RunFolder } from '../folder/run-folder.ts';
import { imageChanges } from '../images/image-changes.ts';
import { digestOf, readImageList } from '../images/image-list.ts';
import type { Resumed } from './resume.ts';
import { isAllowed } from './setting-changes.ts';

/** The name by which other images are allowed on resume. */
export const IMAGES = 'data.images';

/** The images that a run finds. */
export interface FoundImages {
  /** Those that it draws from, without bad ones. */
  readonly count: number;
  readonly records: ImageRecords;
}

/**
 * Compares the images of a run that goes on with those that it was trained on.
 *
 * @returns what people should know of them.
 * @throws UserError (exit 2) that tells with counts and examples how they differ, unless `allowed` has `data.images`.
 */
export async function checkResumedImages(
  folder: RunFolder,
  begun: Resumed,
  { count, records }: FoundImages,
  allowed: readonly string[],
): Promise<string[]> {
  const { images, imageDigest, changes = [] } = begun;
  const moved = changes.some(({ key }) => key === 'data.path');
  const found = imageDigest === undefined ? [] : await differencesOf(folder, imageDigest, records);
  const isFewer = images !== undefined && images !== count;
  const differences = [
    ...found,
    ...(isFewer && found.length === 0
      ? [`${formatPlural(images, 'image')} could be trained on, and now ${formatCount(count)}`]
      : []),
  ];
  if (differences.length === 0) {
    if (imageDigest !== undefined) return moved ? ['data.path: the same images, in another place'] : [];
    return ['the run was begun by a version that kept no list of its images: only their number could be compared'];
  }
  if (isAllowed(IMAGES, allowed)) {
    return [`the run goes on over other images, as ${IMAGES} allows: ${differences.join('; ')}`];
  }
  const number = images === undefined ? 'images' : formatPlural(images, 'training image');
  throw new UserError(`--resume: expected the ${number} of the run, got others:\n  ${differences.join('\n  ')}`, {
    hint: `Restore the images as they were, go on over others by --allow-change ${IMAGES}, or start a new run with --output.`,
    exitCode: 2,
  });
}

async function differencesOf(folder: RunFolder, digest: string, records: ImageRecords): Promise<string[]> {
  if (digestOf(records) === digest) return [];
  const before = await readImageList(folder.images, digest);
  if (before !== undefined) return imageChanges(before, records);
  return [`what differs can't be told: ${folder.images} is missing, damaged or of other images`];
}
