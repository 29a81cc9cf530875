import { posix } from 'node:path';

/** Images that stand out among those that were looked at. */
export interface OddImages {
  /** How many of those that were looked at. */
  readonly images: number;
  readonly example: string;
  /** Patterns for `data.exclude` that leave out these and no others; none where there is no simple one. */
  readonly patterns: readonly string[];
}

/** Folders that patterns name; more would not be read. */
const MOST_FOLDERS = 5;

/** Images that are named one by one. */
const MOST_NAMES = 3;

/** What follows the last underscore or dash of a name, or its extension: `_mask.png` of `a/0_mask.png`, or `.png`. */
function endingsOf(name: string): string[] {
  const file = posix.basename(name);
  return [/[_-][a-z]+\.[a-z]+$/i, /\.[a-z]+$/i].flatMap((ending) => ending.exec(file)?.[0] ?? []);
}

/** Patterns of files that fit all odd images and none of the others. */
function patternsOf(odd: readonly string[], others: readonly string[]): string[] {
  const folders = [...new Set(odd.map((name) => posix.dirname(name)))].sort();
  const outer = folders.filter((folder) => !folders.some((other) => folder.startsWith(`${other}/`)));
  const isOwn = outer.every((folder) => folder !== '.' && !others.some((name) => name.startsWith(`${folder}/`)));
  if (isOwn && outer.length <= MOST_FOLDERS) return outer.map((folder) => `${folder}/**`);
  const ending = endingsOf(odd[0] as string).find(
    (end) => odd.every((name) => name.endsWith(end)) && !others.some((name) => name.endsWith(end)),
  );
  return ending === undefined ? [] : [`**/*${ending}`];
}

/** Whether an image is one of many in a file, such as a row of an array, which no pattern can leave out. */
export const isInFile = (name: string): boolean => /\[\d+\]$/.test(name);

/** Describes images by their names, beside those of all others; null where there are none. */
export function describeOdd(odd: readonly string[], others: readonly string[]): OddImages | null {
  const [example] = odd;
  if (example === undefined) return null;
  const patterns = others.length === 0 || isInFile(example) ? [] : patternsOf(odd, others);
  const isNamed = patterns.length === 0 && others.length > 0 && odd.length <= MOST_NAMES && !isInFile(example);
  return { images: odd.length, example, patterns: isNamed ? odd : patterns };
}
