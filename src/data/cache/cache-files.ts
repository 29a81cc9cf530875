import { readdir, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { cacheFolder } from '../../util/tensorflow-folder.ts';

/** Where decoded images are kept: `CL_IMAGE_CACHE`, by default `images` in the user's cache folder of this project. */
export function imageCacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const folder = environment['CL_IMAGE_CACHE'] ?? '';
  return folder === '' ? join(cacheFolder(environment), 'images') : folder;
}

/** A file of the cache, or one that is being written for it. */
export interface CacheFile {
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
  /** Milliseconds; a complete file's is set anew whenever it is used. */
  readonly usedAt: number;
  readonly isComplete: boolean;
}

const COMPLETE = /^[0-9a-f]{20}-[0-9a-f]{20}\.(pixels|index)$/;
const TEMPORARY = /^\.[0-9a-f]{20}-[0-9a-f]{20}\.(?:pixels|index)\.(?:(.+)\.(\d+)\.)?[0-9a-f]{8}\.tmp$/;

/** Milliseconds after which a file that another machine, or nobody known, began to write is given up. */
const ABANDONED_MS = 24 * 3600 * 1000;

/** The name under which a file is written; it tells by whom, so that what a killed process left can be removed. */
export function temporaryName(name: string, random: string): string {
  return `.${name}.${hostname()}.${process.pid}.${random}.tmp`;
}

/** The cache's files; none where there is no folder. */
export async function listCacheFiles(folder: string): Promise<CacheFile[]> {
  const names = await readdir(folder).catch(() => []);
  const files = names.map(async (name): Promise<CacheFile[]> => {
    const isComplete = COMPLETE.test(name);
    if (!isComplete && !TEMPORARY.test(name)) return [];
    const path = join(folder, name);
    const info = await stat(path).catch(() => undefined);
    return info === undefined ? [] : [{ name, path, bytes: info.size, usedAt: info.mtimeMs, isComplete }];
  });
  return (await Promise.all(files)).flat();
}

/** The names of the complete files of something, by its digest, in whatever state it was. */
export async function findCacheFiles(folder: string, digest: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => COMPLETE.test(name) && name.startsWith(`${digest}-`));
}

/** Whether nobody writes a temporary file any more. Were that wrong, its writer would go on with what it holds open. */
function isAbandoned({ name, usedAt, isComplete }: CacheFile): boolean {
  const [, host, pid = ''] = TEMPORARY.exec(name) ?? [];
  if (isComplete) return false;
  if (host !== hostname()) return Date.now() - usedAt > ABANDONED_MS;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

/** Removes a file; one that somebody reads goes when it is closed. */
async function remove({ path }: CacheFile): Promise<void> {
  await rm(path, { force: true }).catch(() => {});
}

/** A file that is about to be written, and those that must stay. */
export interface RoomRequest {
  readonly name: string;
  readonly bytes: number;
  /** Most bytes of all files together. */
  readonly limit: number;
  /** Names of files that this process uses. */
  readonly inUse: ReadonlySet<string>;
}

/**
 * Makes room for a new file: removes what killed processes left, and files of the same images in an earlier state; then
 * the files that were not used for longest, until all take at most `limit` bytes with the new one.
 *
 * @returns the complete files that were removed, and whether there is room now.
 */
export async function makeRoom(
  folder: string,
  { name, bytes, limit, inUse }: RoomRequest,
): Promise<{ removed: CacheFile[]; isEnough: boolean }> {
  // Another process may have written the same file in the meantime; it will be replaced.
  const files = (await listCacheFiles(folder)).filter((file) => file.name !== name);
  const [images] = name.split('-');
  const isOutdated = (file: CacheFile): boolean => file.isComplete && file.name.split('-')[0] === images;
  const mayGo = ({ isComplete, name: other }: CacheFile): boolean => isComplete && !inUse.has(other);
  const useless = files.filter((file) => isAbandoned(file) || isOutdated(file));
  const kept = files.filter((file) => !useless.includes(file));
  let total = bytes + kept.reduce((sum, file) => sum + file.bytes, 0);
  const oldest: CacheFile[] = [];
  for (const file of kept.filter(mayGo).sort((a, b) => a.usedAt - b.usedAt)) {
    if (total <= limit) break;
    oldest.push(file);
    total -= file.bytes;
  }
  // Where even that is not enough, nothing is given up for it.
  if (total <= limit) useless.push(...oldest);
  await Promise.all(useless.map(remove));
  return { removed: useless.filter(({ isComplete }) => isComplete), isEnough: total <= limit };
}
