import { UserError } from '../util/errors.ts';
import { type Bytes, gunzip, isGzip, openFile, sliceBytes } from './bytes.ts';
import { DecodeProblem } from './decode-problem.ts';
import type { FileTree } from './file-tree.ts';
import { LARGEST_FILE } from './image-folder.ts';
import { isHiddenPath, isImagePath, sortPaths } from './paths.ts';
import { indexTar, type TarEntry, type TarIndex, TarProblem } from './tar-index.ts';

/** Bytes that a compressed archive may take in memory unless told otherwise. */
const DEFAULT_MAX_BYTES = 2 ** 30;

async function openBytes(path: string, maxBytes: number): Promise<Bytes> {
  const plain = await openFile(path);
  if (!isGzip(await plain.readAt(0, 2))) return plain;
  await plain.close();
  return gunzip(path, maxBytes);
}

async function readIndex(bytes: Bytes, path: string): Promise<TarIndex> {
  try {
    return await indexTar(bytes.readAt, bytes.size);
  } catch (error) {
    await bytes.close();
    if (!(error instanceof TarProblem)) throw error;
    throw new UserError(`expected a whole tar archive, but ${path} ${error.message}`, {
      hint: 'Fetch or pack it again.',
      exitCode: 2,
      cause: error,
    });
  }
}

/**
 * Opens a tar archive in place: nothing is written to disk, and of a plain one only headers are read.
 *
 * A gzipped one is unpacked into memory, up to `maxBytes` (default 1 GiB). Links and entries whose path climbs out are
 * refused and listed. Of entries with one name the last counts, as when unpacking.
 *
 * @throws UserError (exit code 2) for a damaged archive, or one beyond the limit.
 */
export async function openArchive(path: string, options: { maxBytes?: number | undefined } = {}): Promise<FileTree> {
  const bytes = await openBytes(path, options.maxBytes ?? DEFAULT_MAX_BYTES);
  const { files, refused } = await readIndex(bytes, path);
  const entries = new Map<string, TarEntry>();
  for (const file of files) if (!isHiddenPath(file.path)) entries.set(file.path, file);
  const names = [...entries.keys()];
  return {
    where: path,
    kind: 'archive',
    images: sortPaths(names.filter(isImagePath)),
    others: sortPaths(names.filter((name) => !isImagePath(name))),
    refused,
    read: async (name) => {
      const entry = entries.get(name);
      if (entry === undefined) throw new DecodeProblem('does not exist');
      if (entry.size > LARGEST_FILE) throw new DecodeProblem(`is ${entry.size} bytes, the limit is ${LARGEST_FILE}`);
      const content = await bytes.readAt(entry.offset, entry.size);
      if (content.length < entry.size) throw new DecodeProblem('is cut short');
      return content;
    },
    open: async (name) => {
      const entry = entries.get(name);
      if (entry === undefined) throw new Error(`${path} has no ${name}`);
      return sliceBytes(bytes, entry.offset, entry.size);
    },
    diskPath: () => undefined,
    close: bytes.close,
  };
}
