import { promises as fs } from 'node:fs';
import { basename, dirname, join, parse, relative } from 'node:path';
import { UserError } from '../../util/errors.ts';
import { shellWord } from '../../util/shell-word.ts';
import type { NamedPaths } from './list-paths.ts';
import { isImagePath } from './paths.ts';

/** Folders below a list that are looked into, and how deep. */
const MOST_FOLDERS = 512;
const DEPTH = 2;

/** Where the paths of a list are that are spread over folders below it. */
export interface SpreadPaths {
  readonly places: ReadonlyMap<string, string>;
  /** For people. */
  readonly note: string;
}

/** What a list may name a file by, in one Unicode form. */
const nameOf = (path: string, hasSuffix: boolean): string =>
  (hasSuffix ? path : join(dirname(path), parse(path).name)).normalize('NFC');

/** Files in and below a folder, by the wanted names that mean them. */
async function findFiles(
  folder: string,
  wanted: ReadonlySet<string>,
  hasSuffix: boolean,
): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  let folders = [folder];
  let looked = 0;
  for (let depth = 0; depth <= DEPTH; depth++) {
    const deeper: string[] = [];
    for (const parent of folders.slice(0, MOST_FOLDERS - looked)) {
      looked++;
      const entries = await fs.readdir(parent, { withFileTypes: true }).catch(() => []);
      for (const entry of entries) {
        const key = isImagePath(entry.name) ? nameOf(entry.name, hasSuffix) : '';
        if (wanted.has(key)) found.set(key, [...(found.get(key) ?? []), join(parent, entry.name)]);
        else if (!entry.isFile() && !entry.name.startsWith('.')) deeper.push(join(parent, entry.name));
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

/** The only folder that holds all files which fit any path; undefined where there is none, or several are so. */
function commonRoot(fitting: ReadonlyMap<string, readonly string[]>, hasSuffix: boolean): string | undefined {
  const counts = new Map<string, number>();
  for (const [path, files] of fitting) {
    const roots = files.map((file) => nameOf(file, hasSuffix).slice(0, -path.normalize('NFC').length));
    for (const root of new Set(roots)) counts.set(root, (counts.get(root) ?? 0) + 1);
  }
  const whole = [...counts].filter(([, count]) => count === fitting.size);
  return whole.length === 1 ? whole[0]?.[0] : undefined;
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
  paths: readonly string[],
  tried: readonly string[],
): Promise<SpreadPaths | undefined> {
  const [first = ''] = paths;
  const hasSuffix = isImagePath(first);
  const files = await findFiles(folder, new Set(paths.map((path) => basename(path).normalize('NFC'))), hasSuffix);
  const fitting = new Map<string, readonly string[]>();
  for (const path of new Set(paths)) {
    const wanted = path.normalize('NFC');
    const found = files.get(basename(wanted))?.filter((file) => `/${nameOf(file, hasSuffix)}`.endsWith(`/${wanted}`));
    if (found !== undefined && found.length > 0) fitting.set(path, found);
  }
  const root = commonRoot(fitting, hasSuffix);
  const places = new Map<string, string>();
  for (const [path, found] of fitting) {
    const isBelow = (file: string): boolean =>
      root === undefined || nameOf(file, hasSuffix) === root + path.normalize('NFC');
    const [one, other] = await differing(found.filter(isBelow));
    if (other !== undefined) throw severalFiles(path, list, one as string, other);
    if (one !== undefined) places.set(path, one);
  }
  if (2 * tried.filter((path) => places.has(path)).length < tried.length) return undefined;
  const folders = new Set(Array.from(places.values(), dirname)).size;
  const [[path, place] = ['', '']] = places;
  const rest = folders > 1 ? ` and so on in ${folders} folders` : '';
  return { places, note: `paths completed, ${path} to ${relative(folder, place)}${rest}` };
}
