import { constants, type Dirent } from 'node:fs';
import { open, readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../util/errors.ts';
import { createOpener } from './bytes.ts';
import { DecodeProblem } from './decode-problem.ts';
import type { FileTree } from './file-tree.ts';
import { isImagePath, sortPaths } from './paths.ts';

/** Bytes; larger than any photograph, small enough that a mistaken file doesn't fill the memory. */
export const LARGEST_FILE = 256 * 2 ** 20;

/** Error codes that concern one file; any other (a failing disk, too many open files) ends the run. */
const FILE_PROBLEMS: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist (a dangling link?)',
  EACCES: 'may not be read (no permission)',
  EPERM: 'may not be read (no permission)',
  EISDIR: 'is a folder',
  ELOOP: 'is a link that leads to itself',
  ENOTDIR: 'does not exist (a dangling link?)',
};

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** Reads a whole file whose size is checked first; problems of this one file become a DecodeProblem. */
export async function readImageFile(path: string): Promise<Uint8Array> {
  try {
    // Opening a pipe would otherwise wait for somebody to write into it.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const info = await file.stat();
      if (info.isDirectory()) throw new DecodeProblem('is a folder');
      if (!info.isFile()) throw new DecodeProblem('is a pipe or a device, not a file');
      const { size } = info;
      if (size > LARGEST_FILE) throw new DecodeProblem(`is ${size} bytes, the limit is ${LARGEST_FILE}`);
      return await file.readFile();
    } finally {
      await file.close();
    }
  } catch (error) {
    const reason = FILE_PROBLEMS[codeOf(error)];
    if (reason !== undefined) throw new DecodeProblem(reason, { cause: error });
    throw error;
  }
}

/** What a directory entry is once links are followed; 'missing' is a link to nothing. */
async function kindOf(entry: Dirent, path: string): Promise<'file' | 'folder' | 'missing' | 'other'> {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'folder';
  if (!entry.isSymbolicLink()) return 'other';
  try {
    const target = await stat(path);
    return target.isFile() ? 'file' : target.isDirectory() ? 'folder' : 'other';
  } catch {
    return 'missing';
  }
}

/**
 * Finds the files below a folder, at any depth, following links but never round a loop.
 *
 * Names that start with a dot are ignored. A link to nothing is listed if its name is an image's, so that reading it
 * reports it.
 *
 * @throws UserError where a folder below may not be read.
 */
export async function listFolder(where: string): Promise<FileTree> {
  const images: string[] = [];
  const others: string[] = [];

  const walk = async (folder: string, prefix: string, parents: readonly string[]): Promise<void> => {
    const real = await realpath(folder);
    if (parents.includes(real)) return;
    const within = [...parents, real];
    let entries: Dirent[];
    try {
      entries = await readdir(folder, { withFileTypes: true });
    } catch (error) {
      throw new UserError(`expected a readable folder, got ${codeOf(error) || String(error)} at ${folder}`, {
        hint: 'Give yourself the right to read it, or move it out of the data folder.',
        exitCode: 2,
        cause: error,
      });
    }
    for (const entry of entries) {
      if (entry.name.startsWith('.')) continue;
      const kind = await kindOf(entry, join(folder, entry.name));
      const path = prefix + entry.name;
      if (kind === 'folder') await walk(join(folder, entry.name), `${path}/`, within);
      else if (isImagePath(path) && kind !== 'other') images.push(path);
      else others.push(path);
    }
  };

  await walk(where, '', []);
  const files = createOpener();
  return {
    where,
    kind: 'folder',
    images: sortPaths(images),
    others: sortPaths(others),
    refused: [],
    read: (path) => readImageFile(join(where, path)),
    open: (path) => files.open(join(where, path)),
    diskPath: (path) => join(where, path),
    close: files.closeAll,
  };
}
