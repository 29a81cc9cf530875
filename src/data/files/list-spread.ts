import { promises as fs } from 'node:fs';
import { basename, dirname, join, parse, relative } from 'node:path';
import { UserError } from '../../util/errors.ts';
import { shellWord } from '../../util/shell-word.ts';
import type { NamedPaths } from './list-paths.ts';
import { eachText, type Texts } from './packed-texts.ts';
import { isImagePath } from './paths.ts';

/** Folders below a list that are looked into, and how deep. */
const MOST_FOLDERS = 512;
const DEPTH = 2;

/** How the paths of a list are completed that are spread over folders below it. */
export interface SpreadPaths {
  /** The path on the disk; one below the list where no file fits. */
  place(path: string): string;
  /** For people. */
  readonly note: string;
}

/** What a list may name a file by, in one Unicode form. */
const nameOf = (path: string, hasSuffix: boolean): string =>
  (hasSuffix ? path : join(dirname(path), parse(path).name)).normalize('NFC');

/** Files in and below a folder, by what a list may name them by. */
async function findFiles(folder: string, hasSuffix: boolean): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  let folders = [folder];
  let looked = 0;
  for (let depth = 0; depth <= DEPTH; depth++) {
    const deeper: string[] = [];
    for (const parent of folders.slice(0, MOST_FOLDERS - looked)) {
      looked++;
      const entries = await fs.readdir(parent, { withFileTypes: true }).catch(() => []);
      for (const entry of entries) {
        const isImage = isImagePath(entry.name) && !entry.isDirectory();
        if (!isImage && !entry.isFile() && !entry.name.startsWith('.')) deeper.push(join(parent, entry.name));
        if (!isImage) continue;
        const key = nameOf(entry.name, hasSuffix);
        const others = found.get(key);
        if (others === undefined) found.set(key, [join(parent, entry.name)]);
        else others.push(join(parent, entry.name));
      }
    }
    folders = deeper.sort();
  }
  return found;
}

/** Places of different files; links have several. */
async function differing(places: readonly string[]): Promise<string[]> {
  if (places.length < 2) return [...places];
  const byFile = new Map<string, string>();
  for (const place of places) {
    const file = await fs.stat(place).catch(() => undefined);
    const key = file === undefined ? place : `${file.dev} ${file.ino}`;
    if (!byFile.has(key)) byFile.set(key, place);
  }
  return [...byFile.values()];
}

/** Finds the files that fit a path. */
type Fitting = (path: string) => readonly string[];

/** The only folder that holds files for all paths which some fit; undefined where there is none, or several are so. */
function commonRoot(
  paths: Texts,
  fitting: Fitting,
  rootOf: (file: string, path: string) => string,
): string | undefined {
  let common: Set<string> | undefined;
  for (const path of eachText(paths)) {
    const files = fitting(path);
    if (files.length === 0) continue;
    const roots = files.map((file) => rootOf(file, path));
    common = new Set(common === undefined ? roots : roots.filter((root) => common?.has(root)));
    if (common.size === 0) return undefined;
  }
  return common?.size === 1 ? [...common][0] : undefined;
}

/** The error for a path that two files fit, and what helps. */
function severalFiles(path: string, list: string, one: string, other: string): UserError {
  const copy = `cp ${shellWord(list)} ${shellWord(dirname(one))}, and name ${shellWord(join(dirname(one), basename(list)))}`;
  const isFolder = dirname(one) !== dirname(other);
  return new UserError(`expected one file for "${path}" of ${list}, got several: ${one} and ${other}`, {
    hint: isFolder ? `Put the list into the folder that is meant: ${copy}` : 'Write the extensions into the list.',
    exitCode: 2,
  });
}

/**
 * Finds the files of a list that names them without their folders, which may be several, or without their extensions;
 * undefined where less than half of those that were tried are there.
 *
 * @param paths with forward slashes.
 * @throws UserError (exit code 2) where two files fit one path, and no folder alone holds all.
 */
export async function findSpread(
  { folder, list }: NamedPaths,
  paths: Texts,
  tried: readonly string[],
): Promise<SpreadPaths | undefined> {
  const hasSuffix = isImagePath(paths.at(0));
  const files = await findFiles(folder, hasSuffix);
  const fitting: Fitting = (path) => {
    const wanted = path.normalize('NFC');
    const found = files.get(basename(wanted)) ?? [];
    return found.filter((file) => `/${nameOf(file, hasSuffix)}`.endsWith(`/${wanted}`));
  };
  const rootOf = (file: string, path: string): string =>
    nameOf(file, hasSuffix).slice(0, -path.normalize('NFC').length);
  const root = commonRoot(paths, fitting, rootOf);
  // Paths are asked for again and again, and not kept: there may be millions.
  const placesOf: Fitting = (path) => {
    const found = fitting(path);
    return root === undefined ? found : found.filter((file) => rootOf(file, path) === root);
  };
  const folders = new Set<string>();
  let example: readonly [path: string, place: string] | undefined;
  for (const path of eachText(paths)) {
    const found = placesOf(path);
    const [one, other] = found.length > 1 ? await differing(found) : found;
    if (other !== undefined) throw severalFiles(path, list, one as string, other);
    if (one === undefined) continue;
    folders.add(dirname(one));
    example ??= [path, one];
  }
  if (2 * tried.filter((path) => placesOf(path).length > 0).length < tried.length) return undefined;
  const [path, place] = example ?? ['', ''];
  const rest = folders.size > 1 ? ` and so on in ${folders.size} folders` : '';
  return {
    place: (wanted) => placesOf(wanted)[0] ?? join(folder, wanted),
    note: `paths completed, ${path} to ${relative(folder, place)}${rest}`,
  };
}
