import type { Archive } from './archive-tree.ts';
import { type Bytes, openBriefly, openFile } from './bytes.ts';
import type { OpenOptions } from './file-tree.ts';
import { gunzip, isGzip } from './gunzip.ts';
import { openTar } from './tar-archive.ts';
import { openZip } from './zip-archive.ts';
import { isZip } from './zip-index.ts';

/** How an archive is opened. */
export interface ArchiveOptions extends Omit<OpenOptions, 'memoryBytes'> {
  /** Bytes of memory that it may take unpacked if it is compressed (default 1 GiB). */
  readonly memoryBytes?: number | undefined;
  /** Whether its file is opened anew for each read, so that there can be many archives. */
  readonly isBrief?: boolean | undefined;
}

/**
 * Opens a tar or zip archive in place: nothing is unpacked to disk, and of a plain tar archive only headers are read. A
 * gzipped one is unpacked into memory.
 *
 * @throws UserError (exit code 2) for a damaged archive, or one beyond the limit.
 */
export async function openArchive(path: string, options: ArchiveOptions = {}): Promise<Archive> {
  const { memoryBytes = 2 ** 30, isBrief = false } = options;
  let bytes: Bytes = await (isBrief ? openBriefly : openFile)(path);
  try {
    const head = await bytes.readAt(0, 4);
    if (isZip(head)) return { ...(await openZip(path, bytes, memoryBytes)), heldBytes: 0 };
    if (!isGzip(head)) return { ...(await openTar(path, bytes, { ...options, memoryBytes })), heldBytes: 0 };
    await bytes.close();
    bytes = await gunzip(path, memoryBytes);
    // What is unpacked anew is read fast enough.
    const unpacked = { ...options, memoryBytes: memoryBytes - bytes.size, indexCache: undefined };
    return { ...(await openTar(path, bytes, unpacked)), heldBytes: bytes.size };
  } catch (error) {
    await bytes.close();
    throw error;
  }
}
