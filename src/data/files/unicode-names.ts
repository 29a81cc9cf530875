import { promises as fs } from 'node:fs';
import { basename, dirname, join } from 'node:path';

const isAscii = (text: string): boolean => !/[^\x20-\x7e]/.test(text);

/** Names of a folder that are not ASCII, and each by its composed form (NFC). */
interface Names {
  readonly all: ReadonlySet<string>;
  readonly byForm: ReadonlyMap<string, string>;
}

async function readNames(folder: string): Promise<Names> {
  const names = (await fs.readdir(folder).catch((): string[] => [])).filter((name) => !isAscii(name));
  return { all: new Set(names), byForm: new Map(names.map((name) => [name.normalize('NFC'), name])) };
}

/**
 * Finds files whose names are in another Unicode form than the paths that name them: macOS writes NFD (e and accent),
 * most else NFC (é). Each folder with such names is read once.
 *
 * @param place where a path is on the disk.
 * @param base the folder whose own name is right.
 * @returns the real places of the paths that differ.
 */
export async function realNames(
  paths: Iterable<string>,
  place: (path: string) => string,
  base: string,
): Promise<Map<string, string>> {
  const folders = new Map<string, Promise<Names>>();
  const real = new Map<string, string>();
  const resolved = new Map<string, string>();
  const find = async (path: string): Promise<string | undefined> => {
    if (isAscii(path) || base.startsWith(path)) return path;
    const known = resolved.get(path);
    if (known !== undefined) return known;
    const folder = await find(dirname(path));
    const name = basename(path);
    if (folder === undefined || isAscii(name)) return folder && join(folder, name);
    const names = folders.get(folder) ?? readNames(folder);
    folders.set(folder, names);
    const { all, byForm } = await names;
    const found = all.has(name) ? name : byForm.get(name.normalize('NFC'));
    return found && join(folder, found);
  };
  for (const path of paths) {
    if (isAscii(path) || path.normalize('NFC') === path.normalize('NFD')) continue;
    const there = place(path);
    const folder = dirname(there);
    if (!resolved.has(folder)) resolved.set(folder, (await find(folder)) ?? folder);
    const found = await find(there);
    if (found !== undefined && found !== there) real.set(path, found);
  }
  return real;
}
