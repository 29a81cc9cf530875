import { promises as fs } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { shellWord } from '../../util/shell-word.ts';
import { besides } from './beside-path.ts';
import { cutCommand, type NamedPaths, sedText } from './list-paths.ts';
import { nearestPath } from './nearest-path.ts';
import { extensionOf } from './paths.ts';
import { singleQuoteHint } from './single-quotes.ts';

/** Folders above a list in which its paths are looked for, for a hint. */
const MOST_ABOVE = 5;

const isThere = (path: string): Promise<boolean> =>
  fs.stat(path).then(
    () => true,
    () => false,
  );

/** The beginning of a path without which it ends below a folder; undefined where it does not. */
async function beginningToCut(path: string, folder: string): Promise<string | undefined> {
  const slashed = path.replaceAll('\\', '/');
  for (let slash = slashed.indexOf('/'); slash !== -1; slash = slashed.indexOf('/', slash + 1)) {
    if (await isThere(join(folder, slashed.slice(slash + 1)))) return path.slice(0, slash + 1);
  }
  return undefined;
}

/** The path of a file whose name differs in nothing but case. */
async function otherCase(folder: string, path: string): Promise<string | undefined> {
  let found = '';
  for (const part of path.split('/')) {
    const names = await fs.readdir(join(folder, found)).catch((): string[] => []);
    const name = names.includes(part) ? part : names.find((other) => other.toLowerCase() === part.toLowerCase());
    if (name === undefined) return undefined;
    found = join(found, name);
  }
  return found;
}

/** The folder above a list from which its paths lead to files. */
async function folderAbove(folder: string, path: string): Promise<string | undefined> {
  let above = dirname(folder);
  for (let i = 0; i < MOST_ABOVE && above !== dirname(above); i++, above = dirname(above)) {
    if (await isThere(join(above, path))) return above;
  }
  return undefined;
}

/** What to do where no path of a list that was tried leads to a file: a command that was seen to help, if any. */
export async function missingHint(named: NamedPaths, tried: readonly string[]): Promise<string> {
  const { folder, list, paths } = named;
  const [path = ''] = tried;
  if (/^'.*'$/.test(path)) return singleQuoteHint(',;\t|', list);
  const beginning = await beginningToCut(paths.at(0), folder);
  if (beginning !== undefined) {
    return `The files lie below the list. Leave the beginning of the paths out: ${cutCommand(list, beginning)}`;
  }
  if (isAbsolute(path) || /^[a-z]:/i.test(path))
    return 'These are paths of another machine: write them relative to the folder of the list.';
  const other = await otherCase(folder, path);
  if (other !== undefined) {
    const [wrong, right] = [extensionOf(path), other.slice(other.length - extensionOf(path).length)];
    const isExtension = path.slice(0, -wrong.length) === other.slice(0, -wrong.length);
    const written = path.slice(-wrong.length);
    const command = `sed ${shellWord(`s|${sedText(written)}|${right}|g`)} ${shellWord(list)} > ${shellWord(besides(list, 'here'))}`;
    return `There is ${other}; case counts. ${isExtension ? `This writes it so: ${command}` : 'Write paths as the files are named.'}`;
  }
  const above = await folderAbove(folder, path);
  if (above !== undefined)
    return `Its paths begin in ${above}: cp ${shellWord(list)} ${shellWord(above)}, and name the copy.`;
  const near = nearestPath(join(folder, path));
  const meant = near === undefined ? '' : ` Is ${near} meant?`;
  return `Paths are taken from ${folder}: put the list where they begin.${meant}`;
}
