import { UserError } from '../../util/errors.ts';
import { sortPaths } from '../../util/sort-paths.ts';
import { DecodeProblem } from '../pixels/decode-problem.ts';
import { type Bytes, openBriefly, openFile, sliceBytes } from './bytes.ts';
import type { FileTree, OpenOptions } from './file-tree.ts';
import { gunzip, isGzip } from './gunzip.ts';
import { LARGEST_FILE } from './image-folder.ts';
import { labelReaderFor } from './label-files.ts';
import { describeSkipped, isHiddenPath, isImagePath, isSystemPath } from './paths.ts';
import { indexTar, type TarEntry, type TarIndex, TarProblem } from './tar-index.ts';
import { cachedTarIndex } from './tar-index-cache.ts';

/** How an archive is opened. */
export interface ArchiveOptions extends Omit<OpenOptions, 'memoryBytes'> {
  /** Bytes of memory that it may take unpacked if it is compressed (default 1 GiB). */
  readonly memoryBytes?: number | undefined;
  /** Whether its file is opened anew for each read, so that there can be many archives. */
  readonly isBrief?: boolean | undefined;
}

/** A tar archive's files, and what its label files say. */
export interface Archive extends FileTree {
  /** By the path of the label file. */
  readonly labels: ReadonlyMap<string, string>;
  /** Bytes of memory that its content takes. */
  readonly heldBytes: number;
}

async function openBytes(path: string, options: ArchiveOptions): Promise<{ bytes: Bytes; heldBytes: number }> {
  const plain = await (options.isBrief ? openBriefly : openFile)(path);
  if (!isGzip(await plain.readAt(0, 2))) return { bytes: plain, heldBytes: 0 };
  await plain.close();
  const bytes = await gunzip(path, options.memoryBytes ?? 2 ** 30);
  return { bytes, heldBytes: bytes.size };
}

async function readIndex(bytes: Bytes, path: string, { labelField, indexCache }: ArchiveOptions): Promise<TarIndex> {
  const make = () => indexTar(bytes.readAt, bytes.size, (name) => labelReaderFor(name, labelField));
  try {
    return await cachedTarIndex(path, labelField, indexCache, make);
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
 * Opens a tar archive in place: nothing is unpacked to disk, and of a plain one only headers are read, or its index in
 * the cache.
 *
 * A gzipped one is unpacked into memory. Links and entries whose path climbs out are
 * refused and listed. Of entries with one name the last counts, as when unpacking.
 *
 * @throws UserError (exit code 2) for a damaged archive, or one beyond the limit.
 */
export async function openArchive(path: string, options: ArchiveOptions = {}): Promise<Archive> {
  const { bytes, heldBytes } = await openBytes(path, options);
  // What is unpacked anew is read fast enough.
  const { files, refused } = await readIndex(
    bytes,
    path,
    heldBytes > 0 ? { ...options, indexCache: undefined } : options,
  );
  const entries = new Map<string, TarEntry>();
  const system = new Set<string>();
  for (const file of files) {
    if (isSystemPath(file.path)) system.add(file.path);
    else if (!isHiddenPath(file.path)) entries.set(file.path, file);
  }
  const labels = new Map<string, string>();
  for (const { path: name, label } of entries.values()) if (label !== undefined) labels.set(name, label);
  const names = [...entries.keys()];
  return {
    where: path,
    kind: 'archive',
    images: sortPaths(names.filter(isImagePath)),
    others: sortPaths(names.filter((name) => !isImagePath(name))),
    refused,
    notes: describeSkipped('system files', [...system]),
    labels,
    heldBytes,
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
