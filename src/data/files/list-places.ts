import { promises as fs } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { findEqualTexts } from '../../util/equal-texts.ts';
import { UserError } from '../../util/errors.ts';
import { formatPlural } from '../../util/format-count.ts';
import type { Numbers } from '../../util/packed-numbers.ts';
import { spreadEvenly } from '../../util/spread-evenly.ts';
import { missingHint } from './list-hints.ts';
import { LONGEST_PATH, type NamedPaths, normalizePaths } from './list-paths.ts';
import { findSpread } from './list-spread.ts';
import { eachText, findEqualPacked, type Texts } from './packed-texts.ts';
import { surveyPaths } from './survey-paths.ts';
import { realNames } from './unicode-names.ts';

/** Where the images of a list are. */
export interface ListPlaces {
  /** The path on the disk of an entry. */
  place(index: number): string;
  /** How the list's paths were read where not as they stand, and what they name twice; for people. */
  readonly notes: readonly string[];
}

/** A way from a path to a place on the disk. */
interface Rule {
  readonly place: (path: string) => string;
  /** What was done to the paths, for people; '' for nothing. */
  readonly note: string;
}

/** Entries that are looked for at the start: enough to see how paths are meant, few enough for a slow disk. */
const TRIED = 32;

/** Leading folders of paths that may be missing. */
const MOST_CUT = 3;

const isThere = (path: string): Promise<boolean> =>
  fs.stat(path).then(
    (found) => found.isFile(),
    () => false,
  );

/** Whether a file is there, in whichever Unicode form its name is. */
async function isFound(path: string): Promise<boolean> {
  for (const form of new Set([path, path.normalize('NFC'), path.normalize('NFD')])) {
    if (await isThere(form)) return true;
  }
  return false;
}

/** Whether a rule finds at least half of the paths that were tried. */
async function isFitting({ place }: Rule, tried: readonly string[]): Promise<boolean> {
  let found = 0;
  for (const path of tried) if (await isFound(place(path))) found++;
  return found > 0 && 2 * found >= tried.length;
}

async function fitting(rules: readonly Rule[], tried: readonly string[]): Promise<Rule[]> {
  const found: Rule[] = [];
  for (const rule of rules) if (await isFitting(rule, tried)) found.push(rule);
  return found;
}

/** Paths that begin with folders which are not there, such as the list's own: they end below the list. */
function cutRules(folder: string, [first = '']: readonly string[]): Rule[] {
  const parts = first.split('/').slice(0, -1);
  return parts.slice(0, MOST_CUT).map((_, i) => {
    const beginning = `${parts.slice(0, i + 1).join('/')}/`;
    return {
      place: (path) => join(folder, path.startsWith(beginning) ? path.slice(beginning.length) : path),
      note: `"${beginning}" at the beginning of paths left out`,
    };
  });
}

/** How the paths of a list are meant; undefined where none was found in any way. */
async function findRule(named: NamedPaths, paths: Texts, tried: readonly string[]): Promise<Rule | undefined> {
  const { folder } = named;
  // The paths are in a normal form, and `join` would look at each of millions.
  const below = join(folder, '-').slice(0, -1);
  const asTheyAre: Rule = { place: (path) => (isAbsolute(path) ? path : below + path), note: '' };
  for (const path of tried) if (await isFound(asTheyAre.place(path))) return asTheyAre;
  if (tried.some(isAbsolute)) return undefined;
  const above = dirname(folder);
  const up: Rule = { place: (path) => join(above, path), note: `paths taken from the folder above the list, ${above}` };
  const [rule] = await fitting([...cutRules(folder, tried), up], tried);
  if (rule !== undefined) return rule;
  return findSpread(named, paths, tried);
}

/** Whether a list's backslashes are slashes: they are unless files have such names. */
async function readsBackslashes({ folder, paths }: NamedPaths, withBackslash: Numbers): Promise<boolean> {
  for (const i of spreadEvenly(withBackslash.length, TRIED)) {
    if (await isThere(join(folder, paths.at(withBackslash.at(i))))) return false;
  }
  return withBackslash.length > 0;
}

/** How many places come again, and the first entry that names one again. */
function countRepeated(count: number, firstOf: (index: number) => number): { repeated: number; first: number } {
  let [repeated, first] = [0, -1];
  for (let i = 0; i < count; i++) {
    if (firstOf(i) !== i && repeated++ === 0) first = i;
  }
  return { repeated, first };
}

/**
 * Finds the images of a list, trying a few of its paths: as they stand, below or one folder above the list, or
 * completed by a folder and an extension. Names may be in another Unicode form (NFC, NFD) than the list.
 *
 * @throws UserError (exit code 2) for paths that can't be used, or where none of those that were tried is a file.
 */
export async function findPlaces(named: NamedPaths): Promise<ListPlaces> {
  const written = surveyPaths(named.paths, LONGEST_PATH);
  const { withBackslash } = written;
  const isSlash = await readsBackslashes(named, withBackslash);
  const paths = written.isPlain ? named.paths : normalizePaths(named, isSlash);
  const { isAscii, isAlike } = written.isPlain ? written : surveyPaths(paths, LONGEST_PATH);
  const chosen = spreadEvenly(paths.length, TRIED);
  const tried = Array.from(chosen, (i) => paths.at(i));
  const rule = await findRule(named, paths, tried);
  if (rule === undefined) {
    const { list, lines } = named;
    const which = tried.length === 1 ? 'which' : `as the other ${tried.length - 1} that were tried`;
    throw new UserError(
      `expected files at the paths of a list, got nothing at "${named.paths.at(0)}" (line ${lines.at(0)} of ${list}), ${which}`,
      { hint: await missingHint(named, tried), exitCode: 2 },
    );
  }
  const real = isAscii ? new Map<string, string>() : await realNames(eachText(paths), rule.place, named.folder);
  const place = (index: number): string => {
    const path = paths.at(index);
    return real.get(path) ?? rule.place(path);
  };
  // Paths that are taken as they stand lead to one place only where they are equal.
  const isAsWritten = isAlike && rule.note === '' && real.size === 0;
  const firstOf = isAsWritten ? findEqualPacked(paths) : findEqualTexts(paths.length, place);
  const { repeated, first } = countRepeated(paths.length, firstOf);
  const lines = (count: number): string => formatPlural(count, 'line');
  return {
    place,
    notes: [
      ...(isSlash ? [String.raw`\ in paths read as / (${lines(withBackslash.length)})`] : []),
      ...(rule.note === '' ? [] : [rule.note]),
      ...(real.size === 0 ? [] : [`${formatPlural(real.size, 'name')} found in another Unicode form (NFC, NFD)`]),
      ...(repeated === 0 ? [] : [`images named again in ${lines(repeated)}, such as line ${named.lines.at(first)}`]),
    ],
  };
}
