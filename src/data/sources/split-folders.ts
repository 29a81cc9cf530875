import { compareStrings } from '../../util/sort-paths.ts';
import { topFolder, unwrap } from './class-folders.ts';
import { readSplitName, type SplitName, TESTS, TRAIN } from './splits.ts';

/** Where the splits of a collection lie, as prefixes of paths that end in a slash ('' for everything). */
export interface Splits {
  /** Undefined where several folders could be meant. */
  readonly train: string | undefined;
  /** Possible test splits in order of preference. */
  readonly tests: readonly string[];
  /** Names of the folders beside which splits were looked for. */
  readonly folders: readonly string[];
  /** Prefixes of all those folders where they are splits; none where they are not. */
  readonly prefixes: readonly string[];
}

/** A folder that is named as a split is. */
interface SplitFolder extends SplitName {
  readonly folder: string;
}

/** Folders beside a lone `train` from which on it is a class among others, such as trains among vehicles. */
const MOST_BESIDE = 3;

/**
 * Which of the folders that lie side by side are splits; none where they are classes.
 *
 * They are where one is named for training and another for something else, such as `Training` and `Testing`, whatever
 * lies beside them. Longer names (`seg_train`, `seg_test`) must all say a split and for the rest the same, so that
 * the classes `training shoes` and `test tubes` stay classes. A lone `train` is one if it holds folders.
 */
function findSplitFolders(folders: readonly string[], holdsFolders: (folder: string) => boolean): SplitFolder[] {
  const named = folders.flatMap((folder): SplitFolder[] => {
    const found = readSplitName(folder);
    return found === undefined ? [] : [{ folder, ...found }];
  });
  const isDivided = (found: readonly SplitFolder[]): boolean =>
    found.some(({ split }) => split === TRAIN) && found.some(({ split }) => split !== TRAIN);
  const plain = named.filter(({ rest }) => rest === '');
  if (isDivided(plain)) return plain;
  const isAlike = named.length === folders.length && new Set(named.map(({ rest }) => rest)).size === 1;
  if (isAlike && isDivided(named)) return named;
  const [lone, ...more] = plain.filter(({ split }) => split === TRAIN);
  if (lone === undefined || more.length > 0) return [];
  const beside = folders.length - 1;
  return beside === 0 || (beside <= MOST_BESIDE && holdsFolders(lone.folder)) ? [lone] : [];
}

/** The splits among the folders right below a prefix. */
function splitsAt(paths: readonly string[], base: string): Splits {
  const found = new Set<string>();
  for (const path of paths) {
    const folder = topFolder(path, base);
    if (folder !== undefined) found.add(folder);
  }
  const folders = [...found].sort(compareStrings);
  const prefixOf = (folder: string): string => `${base}${folder}/`;
  const splits = findSplitFolders(folders, (folder) => {
    const prefix = prefixOf(folder);
    return paths.some((path) => path.startsWith(prefix) && path.includes('/', prefix.length));
  });
  if (splits.length === 0) return { train: '', tests: [], folders, prefixes: [] };
  const trains = splits.filter(({ split }) => split === TRAIN).map(({ folder }) => folder);
  const train = trains.length === 1 ? trains[0] : trains.find((folder) => folder.toLowerCase() === TRAIN);
  const tests = TESTS.flatMap((name) => splits.filter(({ split }) => split === name));
  return {
    train: train === undefined ? undefined : prefixOf(train),
    tests: tests.map(({ folder }) => prefixOf(folder)),
    folders,
    prefixes: folders.map(prefixOf),
  };
}

/** Finds folders of splits, such as `train` and `val`, or `Training` and `Testing`, also inside wrapping folders. */
export function findSplits(paths: readonly string[]): Splits {
  const [inner, outer] = [() => false, (folder: string) => folder.toLowerCase() === TRAIN].map((keep) =>
    unwrap(paths, '', keep),
  ) as [string, string];
  const found = splitsAt(paths, inner);
  return found.train !== '' || outer === inner ? found : splitsAt(paths, outer);
}

/**
 * The prefix of a folder that the user named, looked for at the top and inside wrapping folders; undefined without
 * images.
 */
export function splitPrefix(paths: readonly string[], name: string): string | undefined {
  const wanted = name.replace(/^\.\//, '').replace(/\/+$/, '');
  const bases = new Set(['', unwrap(paths, '', (folder) => folder === wanted)]);
  return [...bases].map((base) => `${base}${wanted}/`).find((prefix) => paths.some((path) => path.startsWith(prefix)));
}
