import { UserError } from '../../util/errors.ts';
import { sortPaths } from '../../util/sort-paths.ts';
import { DecodeProblem } from '../pixels/decode-problem.ts';
import { type Bytes, openBriefly, openFile, sliceBytes } from './bytes.ts';
import type { FileTree, OpenOptions } from './file-tree.ts';
import { gunzip, isGzip } from './gunzip.ts';
import { LARGEST_FILE } from './image-folder.ts';
import { isLabelPath, type LabelReader, type LabelValue, labelReaderFor } from './label-files.ts';
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

/** An archive's files. */
export interface Archive extends FileTree {
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

async function readIndex(bytes: Bytes, path: string, options: ArchiveOptions): Promise<TarIndex> {
  const { labels, labelField, indexCache } = options;
  const readerOf = (name: string): LabelReader | undefined =>
    labels === 'none' ? undefined : labelReaderFor(name, labelField);
  try {
    return await cachedTarIndex(path, JSON.stringify([labels === 'none', labelField ?? null]), indexCache, () =>
      indexTar(bytes.readAt, bytes.size, readerOf),
    );
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
 * refused and listed. Of entries with one name the last counts, as when unpacking; the others are listed, too.
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
  const replaced: string[] = [];
  for (const file of files) {
    if (isSystemPath(file.path)) system.add(file.path);
    if (isSystemPath(file.path) || isHiddenPath(file.path)) continue;
    if (entries.has(file.path)) replaced.push(`${file.path} (stands again later in the archive)`);
    entries.set(file.path, file);
  }
  const labels = new Map<string, LabelValue>();
  for (const [name, { label }] of entries) {
    // Without labels, their files still tell which files belong together.
    if (label !== undefined) labels.set(name, label);
    else if (options.labels === 'none' && isLabelPath(name)) labels.set(name, null);
  }
  const names = [...entries.keys()];
  return {
    where: path,
    kind: 'archive',
    images: sortPaths(names.filter(isImagePath)),
    others: sortPaths(names.filter((name) => !isImagePath(name))),
    refused: [...refused, ...replaced],
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
