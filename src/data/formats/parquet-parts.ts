import { posix } from 'node:path';
import { UserError } from '../../util/errors.ts';
import { formatCount } from '../../util/format-count.ts';
import { quoteWord } from '../../util/shell-word.ts';
import type { FileTree } from '../files/file-tree.ts';
import { severalSets } from './one-set.ts';
import { refuseOtherTests } from './other-tests.ts';
import type { PartName } from './part-name.ts';

/** Missing parts that are named in a message. */
const MOST_MISSING = 5;

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}

/** A series of numbered parts, such as `-of-00002`; '' for files outside of any. */
const seriesOf = ({ of }: PartName): string => (of === undefined ? '' : String(of));

/** Whether files of one split are several data sets: each with a name, numbers or a series of its own. */
function isMixed(parts: readonly PartName[]): boolean {
  if (groupBy(parts, seriesOf).size > 1) return true;
  const numbers = parts.flatMap(({ number }) => (number === undefined ? [] : [number]));
  if (new Set(numbers).size < numbers.length) return true;
  const sets = groupBy(parts, ({ set }) => set);
  if (sets.size === 1) return false;
  const isTold = parts.some(({ split, of }) => split !== '' || of !== undefined);
  const names = groupBy(parts, ({ path }) => posix.basename(path));
  return isTold || [...names.values()].some((files) => new Set(files.map(({ set }) => set)).size > 1);
}

/** A name for people: the set's folder and words, and what else tells it from the others. */
function namesOf(parts: readonly PartName[]): Map<string, string[]> {
  const bySet = groupBy(parts, ({ set }) => set);
  if (bySet.size > 1) {
    const folders = [...bySet].map(
      ([set, own]) => [set.replace(/\/$/, '') || posix.basename(own[0]?.path ?? ''), own] as const,
    );
    return new Map(folders.map(([name, own]) => [name, own.map(({ path }) => path)]));
  }
  const bySeries = groupBy(parts, seriesOf);
  const keyOf = (part: PartName): string => {
    const folder = part.path.slice(0, part.path.lastIndexOf('/') + 1);
    return bySeries.size > 1 ? `${folder}...-of-${part.of ?? 'none'}` : folder;
  };
  const groups = groupBy(parts, keyOf);
  // In one folder with one series: two files claim to be the same part.
  const named = groups.size > 1 ? groups : groupBy(parts, ({ path }) => path);
  return new Map([...named].map(([name, own]) => [name.replace(/\/$/, '') || '.', own.map(({ path }) => path)]));
}

/** @param all parts, of every split: what goes on without the missing ones must not go on without the others. */
function checkWhole(parts: readonly PartName[], all: readonly PartName[], { where }: FileTree): void {
  const [first] = parts;
  if (first?.of === undefined) return;
  const { of, path, split } = first;
  const found = new Set(parts.map(({ number }) => number));
  const start = !found.has(0) && found.has(of) ? 1 : 0;
  const missing = Array.from({ length: of }, (_, i) => start + i).filter((number) => !found.has(number));
  if (missing.length === 0) return;
  const nameOf = (number: number): string =>
    posix.basename(path).replace(/\d+([-_]of[-_]\d+)(?:-[0-9a-f]{16})?/i, (whole, tail: string) => {
      const digits = /^\d+/.exec(whole)?.[0].length ?? 5;
      return String(number).padStart(digits, '0') + tail;
    });
  const listed = missing.slice(0, MOST_MISSING).map(nameOf).join(', ');
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  const isBeside = all.every((part) => part.path.startsWith(folder) && !part.path.slice(folder.length).includes('/'));
  const own = (isBeside ? all : parts).map((part) => posix.basename(part.path)).sort();
  const braces = own.length === 1 ? own[0] : `{${own.join(',')}}`;
  const without =
    own.length <= 20 && (isBeside || all.length === parts.length)
      ? ` To go on without them, name those that are there: --data ${quoteWord(`${where}/${folder}${braces}`)}`
      : '';
  throw new UserError(
    `expected ${formatCount(of)} parts of ${split || 'the images'}, got ${formatCount(found.size)}: missing are ${listed}${missing.length > MOST_MISSING ? ', ...' : ''} in ${where}/${folder}`,
    { hint: `Fetch the missing files.${without}`, exitCode: 2 },
  );
}

/** What the parts of named files lack, for people. */
function describeNamed(parts: readonly PartName[]): string[] {
  return [...groupBy(parts, ({ split }) => split)].flatMap(([split, own]) => {
    const of = own[0]?.of;
    if (of === undefined || own.length >= of || own.some((part) => part.of !== of)) return [];
    return [`${formatCount(own.length)} of ${formatCount(of)} parts${split === '' ? '' : ` of ${split}`}`];
  });
}

/**
 * Checks that the files of a tree are the parts of one data set, and all of them; files that the user named one by one
 * are what the user wants.
 *
 *  isDeclared whether README.md says which files belong together, whatever their names.
 *  what was joined or left out, for people.
 *  UserError (exit code 2) for several data sets, which would be mixed up, and for missing parts.
 */
export function checkParts(parts: readonly PartName[], tree: FileTree, isDeclared: boolean): string[] {
  if (tree.kind === 'file') return describeNamed(parts);
  const splits = [...groupBy(parts, ({ split }) => split).values()];
  const bySet = (own: readonly PartName[]): PartName[][] => [...groupBy(own, ({ set }) => set).values()];
  const series = isDeclared ? splits.flatMap(bySet) : splits;
  for (const own of series) {
    if (!isMixed(own)) continue;
    const sets = new Set(own.map(({ set }) => set));
    throw severalSets(tree, 'data set', namesOf(sets.size > 1 ? parts.filter(({ set }) => sets.has(set)) : own));
  }
  if (!isDeclared) {
    const named = parts.map(({ path, split }) => ({ path, split, name: path }));
    refuseOtherTests(tree, named);
  }
  for (const own of series) checkWhole(own, parts, tree);
  return splits.flatMap((own) => {
    const sets = [...new Set(own.map(({ set }) => set))];
    return sets.length < 2
      ? []
      : [`files of ${formatCount(sets.length)} names joined (${sets.slice(0, 5).join(', ')})`];
  });
}
