import { UserError } from '../../util/errors.ts';
import { listNames } from '../../util/list-names.ts';
import { nearestName } from '../../util/nearest-name.ts';
import { shellWord } from '../../util/shell-word.ts';
import type { FileTree } from '../files/file-tree.ts';
import type { Collection } from '../sources/collection.ts';
import { concatSources } from '../sources/concat-sources.ts';
import type { ImageSource } from '../sources/image-source.ts';
import { alignLabels } from '../sources/labels.ts';
import { canonicalSplit, readSplitName, TRAIN } from '../sources/splits.ts';

/** A collection and the files that it is read from. */
export interface OpenedCollection {
  readonly tree: FileTree;
  readonly collection: Collection;
}

/** A split and its name. */
export interface ChosenSplit {
  readonly split: string;
  readonly source: ImageSource;
}

/** The split that `name` says, or a UserError that lists those that exist. */
async function requireSplit(
  { collection, tree }: OpenedCollection,
  name: string,
  key: string,
  known: readonly string[],
): Promise<ImageSource> {
  const source = await collection.open(name, known);
  if (source !== undefined) return source;
  const { splits } = collection;
  const near = nearestName(name, splits);
  const listed = splits.length === 0 ? 'It is not divided.' : `It has ${listNames(splits, 8)}.`;
  throw new UserError(`expected images in ${name} (${key}), got none in ${tree.where}`, {
    hint: near === undefined ? listed : `Did you mean ${near}? ${listed}`,
    exitCode: 2,
  });
}

/**
 * Splits that are named together, such as `train+unlabeled`, one after the other; labels where all have them.
 *
 * @param key the setting that names them, for messages.
 * @param known the training split's classes; none where these are the training splits.
 * @throws UserError (exit code 2) for a split that there is not, or one with other classes.
 */
export async function requireSplits(
  opened: OpenedCollection,
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

/**
 * The training images: of the splits that are named, else of the collection's own choice.
 *
 * @throws UserError (exit code 2) where the collection can't choose, or has no such split.
 */
export async function chooseTrain(opened: OpenedCollection, name: string | undefined): Promise<ImageSource> {
  const { collection, tree } = opened;
  const split = name ?? collection.train;
  if (split !== undefined) return requireSplits(opened, split, 'data.train', []);
  const trains = collection.splits.filter((name) => readSplitName(name)?.split === TRAIN);
  const named = trains.length > 0 ? trains.join('+') : (collection.splits[0] ?? '');
  const names = listNames(collection.splits, 8);
  const why = collection.whyNoTrain === undefined ? '' : ` (${collection.whyNoTrain})`;
  throw new UserError(`expected images named train, got ${names} in ${tree.where}${why}`, {
    hint: `Say which to train on: --set ${shellWord(`data.train=${named}`)}`,
    exitCode: 2,
  });
}

/** Whether a split, which may be a folder with a slash at its end, is one of those named, or holds one. */
export function isAmong(split: string, names: string): boolean {
  return [names, ...names.split('+')].some((given) => {
    const name = given.replace(/^\.\//, '').replace(/\/+$/, '');
    if (!split.endsWith('/')) return split === name || split === canonicalSplit(name);
    return `/${split}`.endsWith(`/${name}/`) || `${name}/`.startsWith(split);
  });
}

/**
 * The test images, of a split that is not trained on; undefined where there are none.
 *
 * A labelled one of several possible test splits is preferred to an unlabelled one, such as ImageNet's test folder.
 */
export async function chooseTest(
  { collection }: OpenedCollection,
  train: string | undefined,
  known: readonly string[],
): Promise<ChosenSplit | undefined> {
  let first: ChosenSplit | undefined;
  for (const split of collection.tests) {
    if (train !== undefined && isAmong(split, train)) continue;
    const source = await collection.open(split, known);
    if (source?.labels !== undefined) return { split, source };
    first ??= source && { split, source };
  }
  return first;
}

/** The test images of a place of their own: its test split where it has one, else all of it. */
export async function chooseOtherTest(opened: OpenedCollection, known: readonly string[]): Promise<ImageSource> {
  const { collection } = opened;
  const chosen = await chooseTest(opened, undefined, known);
  return chosen?.source ?? (await collection.open('', known)) ?? chooseTrain(opened, undefined);
}
