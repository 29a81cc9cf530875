import { closeSync, constants, fstatSync, open as openCallback, read as readCallback } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { UserError } from '../../util/errors.ts';
import { sortPaths } from '../../util/sort-paths.ts';
import { DecodeProblem } from '../pixels/decode-problem.ts';
import { createOpener, type ReadableFile, readFully } from './bytes.ts';
import { codeOf, REPLACEMENT } from './error-code.ts';
import type { FileTree } from './file-tree.ts';
import { unfetchedProblem } from './unfetched.ts';
import { walkFolder } from './walk-folder.ts';

/** Bytes; larger than any photograph, small enough that a mistaken file doesn't fill the memory. */
export const LARGEST_FILE = 256 * 2 ** 20;

// What fs/promises offers costs three times as much of a processor, which is most of what a small image takes.
const open = promisify(openCallback);
const read = promisify(readCallback);

/** Error codes that concern one file; any other (a failing disk, too many open files) ends the run. */
const FILE_PROBLEMS: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist (a dangling link?)',
  EACCES: 'may not be read (no permission)',
  EPERM: 'may not be read (no permission)',
  EISDIR: 'is a folder',
  ELOOP: 'is a link that leads to itself',
  ENOTDIR: 'does not exist (a dangling link?)',
  ENXIO: 'is a socket or a device, not a file',
  ENAMETOOLONG: 'has too long a name',
};

/** The error for a file that can't be read: of this one file, or else of the place where it lies. */
async function readProblem(path: string, error: unknown): Promise<unknown> {
  const code = codeOf(error);
  if (code === 'ENOENT' && path.includes(REPLACEMENT)) {
    return new DecodeProblem('has a name that is not UTF-8; rename it', { cause: error });
  }
  const unfetched = code === 'ENOENT' ? await unfetchedProblem(path) : undefined;
  const reason = unfetched ?? FILE_PROBLEMS[code];
  if (reason !== undefined) return new DecodeProblem(reason, { cause: error });
  if (code === '') return error;
  return new UserError(`expected images that can be read, got ${code} at ${path}`, {
    hint: 'Not the image but the place where it lies fails (disk, network, too many open files), so the run stops.',
    cause: error,
  });
}

/** Bytes that are read at once of a file that says that it has none. */
const UNTOLD = 2 ** 16;

/** Reads to its end a file that may be longer than it says: some file systems say 0 until a file is read. */
async function readUntold(file: ReadableFile): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for (let offset = 0; offset <= LARGEST_FILE; offset += UNTOLD) {
    const part = await readFully(file, offset, new Uint8Array(UNTOLD));
    parts.push(part);
    if (part.length < UNTOLD) return Buffer.concat(parts);
  }
  throw new DecodeProblem(`is more than ${LARGEST_FILE} bytes, which is the limit`);
}

/**
 * Reads a whole file whose size is checked first.
 *
 * @throws DecodeProblem where this one file is no readable file; UserError where its disk can't be read.
 */
export async function readImageFile(path: string): Promise<Uint8Array> {
  try {
    // Opening a pipe would otherwise wait for somebody to write into it.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      // Of an open file both this and closing ask the kernel alone, not the disk.
      const info = fstatSync(file);
      if (info.isDirectory()) throw new DecodeProblem('is a folder');
      if (!info.isFile()) throw new DecodeProblem('is a pipe or a device, not a file');
      const { size } = info;
      if (size > LARGEST_FILE) throw new DecodeProblem(`is ${size} bytes, the limit is ${LARGEST_FILE}`);
      const readable: ReadableFile = { read: (...place) => read(file, ...place) };
      return await (size === 0 ? readUntold(readable) : readFully(readable, 0, new Uint8Array(size)));
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw await readProblem(path, error);
  }
}

/**
 * Lists the files below a folder, as `walkFolder` finds them.
 *
 * What has an image's name and is no file (a link to nothing, a pipe) is listed, so that reading it reports it.
 *
 * @throws UserError where a folder below may not be read.
 */
export async function listFolder(where: string): Promise<FileTree> {
  const { images, others, refused, own, notes } = await walkFolder(where);
  const files = createOpener();
  return {
    where,
    kind: 'folder',
    images: sortPaths(images),
    others: sortPaths(others),
    refused,
    own,
    notes,
    read: (path) => readImageFile(join(where, path)),
    open: (path) => files.open(join(where, path)),
    diskPath: (path) => join(where, path),
    close: files.closeAll,
  };
}
