import { randomBytes } from 'node:crypto';
import { rename, rm, utimes } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { freeBytes } from '../../util/atomic-write.ts';
import { formatBytes } from '../../util/format-bytes.ts';
import { formatPlural } from '../../util/format-count.ts';
import { makeFolders } from '../../util/make-folders.ts';
import type { SkippedImage } from '../sources/bad-images.ts';
import type { ImageSource } from '../sources/image-source.ts';
import { findCacheFiles, makeRoom, temporaryName } from './cache-files.ts';
import { namesOf, stateOf } from './cache-key.ts';
import { DamagedPixels, openPixelFile, type PixelFile, type PixelHeader, pixelFileBytes } from './pixel-file.ts';
import { createPixelFile } from './pixel-writer.ts';

/** Files of decoded images that outlive a run. */
export interface ImageCache {
  readonly folder: string;
  /** Most bytes of all files together. */
  readonly limitBytes: number;
  /** Images in memory are kept for the next run when decoding them took so many seconds. */
  readonly worthSeconds: number;
  /** Pixels of the largest images that are put into a file because they exceed the memory. */
  readonly largestImage: number;
  /** Hears what people should know: damage, what was removed, why nothing could be written. */
  readonly onNote: (note: string) => void;
  /** Names of the files that this process uses. */
  readonly inUse: Set<string>;
}

/** The place of a source's images in the cache. */
export interface CacheEntry {
  /** The file of these images, if there is a whole one; it is to be closed. A damaged one is removed. */
  find(): Promise<PixelFile | undefined>;
  /** What `find` would find, leaving the cache as it is. */
  peek(): Promise<Pick<PixelFile, 'count' | 'height' | 'width' | 'bytes'> | undefined>;
  /** Looks at the files of the images, so that a change of them from now on tells them from what is written. */
  prepare(): Promise<void>;
  /** Why a file of this size can't be made; undefined where it can. */
  obstacle(size: Omit<PixelHeader, 'bad'>): Promise<string | undefined>;
  /**
   * Writes a file out of pieces that are made one after the other, and gives it for reading: another process sees all
   * of it or nothing.
   *
   * @throws CacheProblem where it can't be written. What makes the pieces may throw: then nothing is left of the file.
   */
  write(
    size: Omit<PixelHeader, 'bad'>,
    pieces: AsyncIterable<Uint8Array>,
    bad: () => readonly SkippedImage[],
  ): Promise<PixelFile>;
  /** Tells of a file that turned out to be damaged, and removes it. */
  discard(file: DamagedFile): Promise<void>;
}

/** A file of the cache that can't be used. */
interface DamagedFile {
  readonly path: string;
  /** What it does, as the end of a sentence. */
  readonly problem: string;
}

/** A cache file that can't be written; the message is the reason. */
export class CacheProblem extends Error {
  constructor(reason: string, options?: ErrorOptions) {
    super(reason, options);
    this.name = 'CacheProblem';
  }
}

/** Bytes of a disk that are left to others. */
const SPARE_BYTES = 1e9;

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space left',
  EDQUOT: 'no space left in your quota',
  ENOTDIR: 'a part of its path is a file',
  EEXIST: 'a part of its path is a file',
  EFBIG: 'the file would be larger than this process may write',
};

function problemOf(error: unknown, folder: string): unknown {
  if (!(error instanceof Error && 'code' in error && 'syscall' in error)) return error;
  return new CacheProblem(`${REASONS[String(error.code)] ?? error.message} in ${folder}`, { cause: error });
}

/**
 * A source's place in the cache, by the names and the present state of its files, which is asked for only when needed.
 */
export function openCacheEntry(source: ImageSource, cache: ImageCache): CacheEntry {
  const { folder, limitBytes, onNote, inUse } = cache;
  const images = namesOf(source);
  let state: Promise<string> | undefined;
  const nameNow = async (): Promise<string> => {
    state ??= stateOf(images.paths());
    return `${images.digest}-${await state}.pixels`;
  };
  const openWhole = async (): Promise<PixelFile | DamagedFile | undefined> => {
    if ((await findCacheFiles(folder, images.digest)).length === 0) return undefined;
    const path = join(folder, await nameNow());
    try {
      return await openPixelFile(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      const problem = error instanceof DamagedPixels ? error.message : `can't be read (${(error as Error).message})`;
      return { path, problem };
    }
  };
  const discard = async ({ path, problem }: DamagedFile): Promise<void> => {
    onNote(`the cache file ${path} ${problem}; its images are decoded again`);
    await rm(path, { force: true }).catch(() => {});
  };
  const onDisk = <T>(work: Promise<T>): Promise<T> =>
    work.catch((error) => {
      throw problemOf(error, folder);
    });
  return {
    discard,
    prepare: async () => void (await nameNow()),
    async peek() {
      const found = await openWhole();
      if (found === undefined || 'problem' in found) return undefined;
      await found.close();
      return found;
    },
    async find() {
      const found = await openWhole();
      if (found === undefined) return undefined;
      if ('problem' in found) {
        await discard(found);
        return undefined;
      }
      // What was used last is removed last; a folder of others may be read but not touched.
      await utimes(found.path, new Date(), new Date()).catch(() => {});
      inUse.add(basename(found.path));
      return found;
    },
    async obstacle(size) {
      const bytes = pixelFileBytes(size);
      if (bytes > limitBytes) return `${formatBytes(bytes)} exceed data.cacheBudget (${formatBytes(limitBytes)})`;
      try {
        await makeFolders(folder, { mode: 0o700 });
      } catch (error) {
        return (problemOf(error, folder) as Error).message;
      }
      const name = await nameNow();
      const { removed, isEnough } = await makeRoom(folder, { name, bytes, limit: limitBytes, inUse });
      const freed = removed.reduce((sum, file) => sum + file.bytes, 0);
      if (removed.length > 0) {
        onNote(`removed ${formatPlural(removed.length, 'older cache file')} (${formatBytes(freed)})`);
      }
      if (!isEnough) return `with the files in use it would exceed data.cacheBudget (${formatBytes(limitBytes)})`;
      const free = await freeBytes(join(folder, name));
      if (free === undefined || free >= bytes + SPARE_BYTES) return undefined;
      return `${formatBytes(bytes)} are needed, and ${formatBytes(SPARE_BYTES)} left to others, but ${formatBytes(free)} are free in ${folder}`;
    },
    async write(size, pieces, bad) {
      const name = await nameNow();
      const path = join(folder, name);
      const temporary = join(folder, temporaryName(name, randomBytes(4).toString('hex')));
      const writer = await onDisk(createPixelFile(temporary, size));
      try {
        for await (const piece of pieces) await onDisk(writer.append(piece));
        const file = await onDisk(writer.finish(bad()));
        inUse.add(name);
        await rename(temporary, path).catch(async (error) => {
          // What is written can be read all the same; only the next run has nothing of it.
          onNote(`the cache file ${path} could not be put in its place (${error.message})`);
          await rm(temporary, { force: true }).catch(() => {});
        });
        return { ...file, path };
      } catch (error) {
        await writer.close().catch(() => {});
        await rm(temporary, { force: true }).catch(() => {});
        throw error;
      }
    },
  };
}
