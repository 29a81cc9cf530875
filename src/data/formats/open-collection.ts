import { UserError } from '../../util/errors.ts';
import { formatPlural } from '../../util/format-count.ts';
import { shellWord } from '../../util/shell-word.ts';
import { estimateFiles } from '../files/estimate-archive.ts';
import type { FileTree, OpenOptions } from '../files/file-tree.ts';
import { openTree } from '../files/open-tree.ts';
import type { Collection } from '../sources/collection.ts';
import { saysNoImages } from '../sources/no-images.ts';
import { isCopyOf } from './is-copy.ts';
import { ARCHIVES, type Format, UNPACKED } from './known-formats.ts';
import { listHint } from './lists-beside.ts';
import { refuseOfficeFile } from './office-files.ts';
import { refuseStrays } from './stray-images.ts';
import { commandFor } from './take-command.ts';
import { type Attempt, countImages, estimateBytes, filesOf, tryFormat } from './try-format.ts';
import { refusePlaceholders, unknownFormat } from './unknown-format.ts';

/** Images below which a collection may be a few stray ones beside files that can't be read. */
const FEW = 100;

/** Bytes of a file that could hold an image; smaller ones are empty or stand for others that are not there. */
const LEAST = 64;

/** Bytes of archives that are opened to be counted, however many images lie unpacked beside them. */
const SMALL = 64 * 2 ** 20;

/** So much more than what lies unpacked must an archive hold, or else it may be a copy of it. */
const COPY = 2;

const formatImages = (count: number): string => formatPlural(count, 'image');
const formatArchives = (count: number): string => formatPlural(count, 'archive');

const most = (attempts: readonly Attempt[]): Attempt | undefined =>
  attempts.reduce<Attempt | undefined>(
    (best, attempt) => (attempt.count > (best?.count ?? 0) ? attempt : best),
    undefined,
  );

/** Whether archives beside unpacked images are too few, or too likely a copy of them, to be worth opening. */
async function isLess(names: readonly string[], tree: FileTree, count: number): Promise<boolean> {
  if (count === 0) return false;
  let files = 0;
  for (const name of names.slice(0, 8)) {
    const found = await estimateFiles(tree.diskPath(name) as string);
    if (found === undefined) return false;
    files += found;
  }
  const all = (files * names.length) / Math.min(8, names.length);
  return all <= count || (all <= COPY * count && (await estimateBytes(names, tree)) > SMALL);
}

/** Errors of files that hold no images come last. */
const rankOf = ({ error }: Attempt): number => (error !== undefined && saysNoImages(error) ? 1 : 0);

/** Throws the error of files that are more than those that could be read, or that those few may be strays beside. */
async function assertMost(best: Attempt, failed: readonly Attempt[], tree: FileTree): Promise<void> {
  for (const attempt of failed) {
    const error = attempt.error as UserError;
    if (saysNoImages(error)) continue;
    const files = filesOf(attempt, tree);
    const others = await estimateBytes(files, tree);
    if (others < LEAST * files.length) continue;
    const own = best.count < FEW ? 0 : await estimateBytes(filesOf(best, tree), tree);
    if (others < own) continue;
    const images = `${formatImages(best.count)} (${best.format.kind})`;
    const beside = `To take the ${images} beside it instead, move it elsewhere.`;
    throw new UserError(error.message, { hint: `${error.hint ?? ''} ${beside}`.trim(), exitCode: 2, cause: error });
  }
}

/** How many images of a format a place gives as `--data`; 0 where it does not open, or gives images of another. */
async function countTaken(place: string, format: Format, options: OpenOptions): Promise<number> {
  // Patterns that match nothing are an error where all is opened, and are counted.
  const alone = { ...options, exclusion: undefined };
  let tree: FileTree | undefined;
  try {
    tree = await openTree(place, alone);
    const opened = await open(tree, alone, false);
    await opened.collection.close?.();
    const isSame = opened.format === format || (format === ARCHIVES && tree.kind === 'archive');
    return isSame ? countImages(opened.collection, opened.format) : 0;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return 0;
  } finally {
    await tree?.close();
  }
}

/** Says what other images there are, and how to take them. */
async function describeOthers(others: readonly Attempt[], tree: FileTree, options: OpenOptions): Promise<string[]> {
  const notes: string[] = [];
  for (const attempt of others) {
    const { count, error, format } = attempt;
    const images = `${formatImages(count)} of another format (${format.kind})`;
    const command = (): Promise<string> =>
      commandFor(filesOf(attempt, tree), tree, count, (place) => countTaken(place, format, options));
    notes.push(`not taken: ${error === undefined ? images + (await command()) : `${format.kind} (${error.message})`}`);
  }
  return notes;
}

/** Says that archives were not opened, and how to take them; large ones are not tried. */
async function describeUnopened(archives: readonly string[], tree: FileTree, options: OpenOptions): Promise<string> {
  const what = `not opened: ${formatArchives(archives.length)} beside them`;
  const placeOf = (path: string): string => tree.diskPath(path) as string;
  if ((await estimateBytes(archives, tree)) > SMALL) {
    return `${what} (to look into ${archives.length === 1 ? 'it' : 'one'}: --data ${shellWord(placeOf(archives[0] as string))})`;
  }
  const taken: string[] = [];
  for (const path of archives) if ((await countTaken(placeOf(path), ARCHIVES, options)) > 0) taken.push(path);
  if (taken.length === 0) return `${what}, without images`;
  const command = await commandFor(taken, tree, 1, (place) => countTaken(place, ARCHIVES, options));
  return what + (taken.length === archives.length ? command : command.replace(/them\)$/, `${taken.length} of them)`));
}

/** @param isDescribed whether what is not taken is noted, which means opening it. */
async function choose(tree: FileTree, options: OpenOptions, isDescribed: boolean): Promise<Attempt> {
  const attempts: Attempt[] = [];
  for (const format of UNPACKED) {
    const attempt = await tryFormat(format, tree, options);
    if (attempt !== undefined) attempts.push(attempt);
  }
  const unpacked = most(attempts);
  const archives = tree.kind === 'archive' ? [] : tree.others.filter((path) => ARCHIVES.files?.test(path));
  const isSkipped = archives.length > 0 && (await isLess(archives, tree, unpacked?.count ?? 0));
  const packed = archives.length === 0 || isSkipped ? undefined : await tryFormat(ARCHIVES, tree, options);
  if (packed !== undefined) attempts.push(packed);
  const isMore = packed !== undefined && packed.count > (unpacked?.count ?? 0);
  const isCopy =
    isMore && unpacked !== undefined && packed.count <= COPY * unpacked.count && (await isCopyOf(packed, unpacked));
  const best = isMore && !isCopy ? packed : unpacked;
  const others = attempts.filter((attempt) => attempt !== best);
  try {
    const failed = others.filter(({ error }) => error !== undefined);
    if (best?.collection === undefined) {
      const [first] = [...failed].sort((a, b) => rankOf(a) - rankOf(b));
      await refusePlaceholders(tree);
      throw first?.error ?? unknownFormat(tree, await listHint(tree, options));
    }
    await assertMost(best, failed, tree);
    if (best.format.files === undefined && best.count < FEW) await refuseStrays(filesOf(best, tree), tree);
    if (!isDescribed) return best;
    // Files without images are counted as not read.
    const told = others.filter((other) => rankOf(other) === 0);
    const notes = [
      ...best.collection.notes,
      ...(await describeOthers(told, tree, options)),
      ...(isSkipped ? [await describeUnopened(archives, tree, options)] : []),
    ];
    return { ...best, collection: { ...best.collection, notes } };
  } catch (error) {
    await best?.close();
    throw error;
  } finally {
    await Promise.all(others.map((attempt) => attempt.close()));
  }
}

interface Opened {
  readonly collection: Collection;
  readonly format: Format;
}

async function open(tree: FileTree, options: OpenOptions, isDescribed: boolean): Promise<Opened> {
  await refuseOfficeFile(tree);
  // Label files say what the images of an archive are, and how they belong together.
  const shard = tree.kind === 'archive' ? await ARCHIVES.open(tree, options) : undefined;
  if (shard !== undefined) return { collection: shard, format: ARCHIVES };
  const { collection, format, close } = await choose(tree, options, isDescribed);
  if (options.labelField === undefined || format.hasLabelFields)
    return { collection: collection as Collection, format };
  await close();
  throw new UserError(`expected images with several labels for data.labelField, got ${tree.where}`, {
    hint: 'Leave data.labelField out: these images have one label or none.',
    exitCode: 2,
  });
}

/**
 * What files hold, by the format with the most images; of equally many, what lies unpacked comes first, and so it does
 * before an archive of the same images. What is not taken is noted.
 *
 * @throws UserError (exit code 2) where no format knows the files; where those of one can't be read, and are more than
 * what could be, or few images lie beside them; or where a label is chosen and the format has one at most.
 */
export async function openCollection(tree: FileTree, options: OpenOptions): Promise<Collection> {
  return (await open(tree, options, true)).collection;
}
