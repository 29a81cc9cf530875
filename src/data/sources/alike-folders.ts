import { listNames, MOST_NAMES } from '../../util/list-names.ts';
import { compareStrings } from '../../util/sort-paths.ts';
import { areNumbered } from './part-folders.ts';
import { splitSettings } from './split-settings.ts';

/** What lies in the class folders: how many folders there are, their names, and whether all images lie in them. */
export interface Deeper {
  readonly folders: number;
  readonly names: ReadonlySet<string>;
  readonly isWhole: boolean;
  /** One of the folders with its class. */
  readonly example: string;
}

/** Reads what lies in the class folders of `base`. */
export function readDeeper(paths: readonly string[], base: string): Deeper {
  const folders = new Set<string>();
  const names = new Set<string>();
  let isWhole = true;
  for (const path of paths) {
    const first = path.indexOf('/', base.length);
    const second = path.indexOf('/', first + 1);
    if (second === -1) isWhole = false;
    else if (!folders.has(path.slice(base.length, second))) {
      folders.add(path.slice(base.length, second));
      names.add(path.slice(first + 1, second));
    }
  }
  const [example = ''] = folders;
  return { folders: folders.size, names, isWhole, example };
}

/** How many images lie in each class folder. */
function countImages(paths: readonly string[], base: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const path of paths) {
    const name = path.slice(base.length, path.indexOf('/', base.length));
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

/** Which folders to train and to test on: by their names, or their sizes; what can't be known is not guessed. */
function adviceFor(classes: readonly string[], counts: ReadonlyMap<string, number>): string {
  if (classes.length > MOST_NAMES) return 'name them in a list (datasets.md#lists)';
  const named = classes.filter((name) => /^tr/i.test(name));
  if (named.length > 0 && named.length < classes.length) {
    const others = classes.filter((name) => !named.includes(name));
    return splitSettings(named, others.slice(0, 1));
  }
  const bySize = [...classes].sort((a, b) => (counts.get(b) ?? 0) - (counts.get(a) ?? 0));
  const [test = '', next = ''] = bySize.reverse();
  const isSmallest = counts.get(test) !== counts.get(next);
  // Any of equal folds may serve for tests.
  if (!isSmallest && areNumbered(classes)) return splitSettings(classes.slice(0, -1), classes.slice(-1));
  if (isSmallest) {
    const settings = splitSettings(
      classes.filter((name) => name !== test),
      [test],
    );
    return `${settings} (which has the fewest images)`;
  }
  const settings = splitSettings(classes.slice(0, -1), classes.slice(-1));
  return `${settings}, or ${classes.length === 2 ? 'the other way round' : 'another one for tests'}`;
}

/** Folders that hold folders of the same names, as `fold1/cat`, `fold1/dog`, `fold2/cat` and `fold2/dog` do. */
export function alikeFolders(
  paths: readonly string[],
  base: string,
  { folders, names, isWhole }: Deeper,
  classes: readonly string[],
): string[] {
  if (!isWhole || names.size < 2 || folders !== names.size * classes.length) return [];
  const advice = adviceFor(classes, countImages(paths, base));
  return [
    `the folders ${listNames(classes)} are taken for classes and hold folders of the same names (${listNames([...names].sort(compareStrings))}): if those are the classes, ${advice}`,
  ];
}
