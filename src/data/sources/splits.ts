import { compareStrings } from '../../util/sort-paths.ts';
import { topFolder, unwrap } from './class-folders.ts';

const TRAIN = 'train';
/** Names of test splits, in order of preference. */
export const TESTS = ['test', 'val', 'valid', 'validation'];

/** Words in the names of files that say which split they hold. */
const SPLIT_WORDS: Readonly<Record<string, string>> = {
  ...Object.fromEntries([TRAIN, ...TESTS, 'unlabeled', 'unlabelled', 'unsupervised'].map((name) => [name, name])),
  training: TRAIN,
  testing: 'test',
  t10k: 'test',
};

/** The usual name of a split that a list names: `training` is `train`; others stay as they are. */
export function canonicalSplit(name: string): string {
  const word = name.toLowerCase();
  return Object.hasOwn(SPLIT_WORDS, word) ? (SPLIT_WORDS[word] as string) : name;
}

/**
 * The split that a file's name says, or else the folders above it: `val` of `x/val-00001-of-00002.parquet`; '' for
 * none.
 */
export function splitOf(path: string): string {
  for (const part of path.toLowerCase().split('/').reverse()) {
    const words = part.split(/[^a-z0-9]+/).flatMap((word) => [word, word.replace(/\d+$/, '')]);
    const word = words.find((candidate) => Object.hasOwn(SPLIT_WORDS, candidate));
    if (word !== undefined) return SPLIT_WORDS[word] as string;
  }
  return '';
}

/** Where the splits of a collection lie, as prefixes of paths that end in a slash ('' for everything). */
export interface Splits {
  readonly train: string;
  /** Possible test splits in order of preference. */
  readonly tests: readonly string[];
  /** Names of the folders beside which splits were looked for. */
  readonly folders: readonly string[];
}

/** Finds `train` and `test|val|valid|validation` folders (in any case), also inside a single wrapping folder. */
export function findSplits(paths: readonly string[]): Splits {
  const isTrain = (folder: string): boolean => folder.toLowerCase() === TRAIN;
  const base = unwrap(paths, '', isTrain);
  const folders = [...new Set(paths.map((path) => topFolder(path, base)))].filter((folder) => folder !== undefined);
  folders.sort(compareStrings);
  const train = folders.find(isTrain);
  if (train === undefined) return { train: '', tests: [], folders };
  const tests = TESTS.flatMap((name) => folders.filter((folder) => folder.toLowerCase() === name));
  return { train: `${base}${train}/`, tests: tests.map((folder) => `${base}${folder}/`), folders };
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
