import { isAbsolute, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UserError } from '../../util/errors.ts';
import { schemeOf } from '../../util/fetch-commands.ts';
import type { Numbers } from '../../util/packed-numbers.ts';
import { shellWord } from '../../util/shell-word.ts';
import { besides } from './beside-path.ts';
import { addressHint } from './list-addresses.ts';
import { createTextPacker, everyText, type PackedTexts } from './packed-texts.ts';

/** A list on the disk and the entries that it names. */
export interface NamedPaths {
  /** The list, for messages. */
  readonly list: string;
  /** Its folder. */
  readonly folder: string;
  readonly lines: Numbers;
  readonly paths: PackedTexts;
}

/** Characters; Linux allows so many bytes. */
export const LONGEST_PATH = 4096;

/** Paths in the form that is wanted; most are, and there may be millions. */
const NORMAL = /^(?:\w[\w .-]*\/)*\w[\w .-]*$/;

const DRIVE = /^[a-z]:[\\/]/i;

function wrongPath(wanted: string, { list, lines, paths }: NamedPaths, index: number, hint: string): UserError {
  return new UserError(`expected ${wanted}, got "${paths.at(index)}" in line ${lines.at(index)} of ${list}`, {
    hint,
    exitCode: 2,
  });
}

/** A pattern of sed that means a text itself, between bars. */
export const sedText = (text: string): string => text.replace(/[\\.*[\]^$|]/g, String.raw`\$&`);

/** The command that leaves a beginning out of the paths of a list, and where its result goes. */
export function cutCommand(list: string, beginning: string, copy = besides(list, 'here')): string {
  const raw = /\.(?:jsonl|ndjson)$/i.test(list) ? JSON.stringify(beginning).slice(1, -1) : beginning;
  return `sed ${shellWord(`s|${sedText(raw)}||`)} ${shellWord(list)} > ${shellWord(copy)}`;
}

function fromUrl(named: NamedPaths, index: number): string {
  const path = named.paths.at(index);
  if (!/^file:\/\//i.test(path)) {
    throw wrongPath('the path of a file', named, index, addressHint(named.list, named.paths, index));
  }
  try {
    return fileURLToPath(path);
  } catch {
    throw wrongPath('the path of a file on this machine', named, index, 'Write the path instead of the address.');
  }
}

/** What to do with paths that lead out of the list's folder: a command where all begin alike. */
function climbingHint({ list, folder, paths }: NamedPaths): string {
  const [beginning = ''] = /^(?:\.?\.[\\/])+/.exec(paths.at(0)) ?? [];
  const isAlike = (path: string): boolean =>
    path.startsWith(beginning) && !/(?:^|[\\/])\.\.[\\/]/.test(path.slice(beginning.length));
  if (beginning === '' || !everyText(paths, isAlike))
    return 'Put the list into a folder that holds all images, or write absolute paths.';
  const above = posix.join(folder, beginning.replaceAll('\\', '/'));
  const copy = posix.join(above, posix.basename(besides(list, 'here')));
  return `This leaves ${beginning} out: ${cutCommand(list, beginning, copy)}, and --data ${shellWord(copy)}`;
}

/**
 * The paths of a list in one form, relative to its folder or absolute: without `./`, and of `file://` addresses.
 *
 * @param isSlash whether a backslash means a slash, as in lists of Windows.
 * @throws UserError (exit code 2) for one that is empty, an address on the network, or leads out of the folder.
 */
export function normalizePaths(named: NamedPaths, isSlash: boolean): PackedTexts {
  const normalize = (index: number): string => {
    const path = named.paths.at(index);
    if (path.length <= LONGEST_PATH && NORMAL.test(path)) return path;
    if (path.length > LONGEST_PATH) {
      throw wrongPath(`a path of at most ${LONGEST_PATH} characters`, named, index, 'No file has a longer one.');
    }
    if (path === '') throw wrongPath('the path of an image', named, index, 'Remove the line or name an image.');
    const local = schemeOf(path) !== undefined ? fromUrl(named, index) : path;
    const slashed = isSlash ? local.replaceAll('\\', '/') : local;
    if (isAbsolute(slashed) || DRIVE.test(slashed)) return slashed;
    const normal = posix.normalize(slashed);
    if (normal === '..' || normal.startsWith('../')) {
      throw wrongPath("a path below the list's folder", named, index, climbingHint(named));
    }
    return normal;
  };
  const packer = createTextPacker();
  for (let index = 0; index < named.paths.length; index++) packer.add(normalize(index));
  return packer.done();
}
