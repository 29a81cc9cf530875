import { randomBytes } from 'node:crypto';
import type { Stats } from 'node:fs';
import { type FileHandle, open, realpath, rename, rm, stat, statfs } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { UserError } from './errors.ts';
import { formatBytes } from './format-bytes.ts';
import { isDiskFull } from './system-error.ts';

/** What a file is made of: text (UTF-8), bytes, or pieces made one after the other so that memory stays bounded. */
export type FileContent = string | Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/** Options of {@link writeFileAtomic}. */
export interface AtomicWriteOptions {
  /** Total bytes when the content comes in pieces: free space is then checked before the first is made. */
  readonly bytes?: number | undefined;
}

/**
 * Writes a file so that readers see the old content or the new, never a part, even after a crash or a power cut.
 *
 * The content goes to a hidden temporary file beside the target (`.NAME.XXXXXXXX.tmp`), is forced to the disk and
 * renamed; on failure the temporary file is removed. A link is followed, its target replaced.
 *
 * @throws UserError naming the file when the disk is full (with bytes needed and free), the place is missing or not
 *   writable, or the target is not a regular file. What the pieces' producer throws passes through.
 */
export async function writeFileAtomic(
  path: string,
  content: FileContent,
  options: AtomicWriteOptions = {},
): Promise<void> {
  const bytes = options.bytes ?? (isWhole(content) ? Buffer.byteLength(content) : undefined);
  const onDisk = <T>(work: Promise<T>): Promise<T> =>
    work.catch(async (error) => {
      throw await explainWriteError(error, path, bytes);
    });
  const target = await onDisk(resolveTarget(path));
  await assertFits(path, bytes);
  const temporary = join(dirname(target), `.${basename(target)}.${randomBytes(4).toString('hex')}.tmp`);
  const file = await onDisk(open(temporary, 'wx'));
  try {
    await writePieces(file, content, onDisk);
    await onDisk(rename(temporary, target));
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw error;
  }
  await onDisk(syncFolder(dirname(target)));
}

/** True for the name of a temporary file of {@link writeFileAtomic}, which a killed process leaves behind. */
export function isTemporaryName(name: string): boolean {
  return /^\..+\.[0-9a-f]{8}\.tmp$/.test(name);
}

function isWhole(content: FileContent): content is string | Uint8Array {
  return typeof content === 'string' || content instanceof Uint8Array;
}

async function writePieces(
  file: FileHandle,
  content: FileContent,
  onDisk: <T>(work: Promise<T>) => Promise<T>,
): Promise<void> {
  try {
    for await (const piece of isWhole(content) ? [content] : content) await onDisk(file.writeFile(piece));
    await onDisk(file.sync());
  } finally {
    await onDisk(file.close());
  }
}

async function resolveTarget(path: string): Promise<string> {
  let found: Stats;
  try {
    found = await stat(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return path;
    throw error;
  }
  if (!found.isFile()) {
    const kind = found.isDirectory() ? 'a folder' : 'a device or pipe';
    throw new UserError(`Cannot write ${path}: expected a file or nothing there, got ${kind}.`, {
      hint: 'Choose another name.',
    });
  }
  return realpath(path);
}

/** Renames last through a crash only when the folder itself reached the disk; some file systems cannot do that. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } catch (error) {
    if (codeOf(error) !== 'EINVAL' && codeOf(error) !== 'ENOTSUP') throw error;
  } finally {
    await handle.close();
  }
}

/** Free bytes for this user in a file's folder; undefined where the file system does not say. */
export async function freeBytes(path: string): Promise<number | undefined> {
  try {
    const { bavail, bfree, bsize, blocks } = await statfs(dirname(path));
    if (blocks === 0) return undefined;
    return (process.getuid?.() === 0 ? bfree : bavail) * bsize;
  } catch {
    return undefined;
  }
}

async function assertFits(path: string, bytes: number | undefined): Promise<void> {
  if (bytes === undefined) return;
  const free = await freeBytes(path);
  if (free !== undefined && free < bytes) throw noSpace(path, bytes, free, undefined);
}

function noSpace(path: string, bytes: number | undefined, free: number | undefined, cause: unknown): UserError {
  const needed = bytes === undefined ? 'more bytes needed' : `${formatBytes(bytes)} needed`;
  const left = free === undefined ? 'free space unknown' : `${formatBytes(free)} free`;
  return new UserError(`Cannot write ${path}: no space left in its folder (${needed}, ${left}).`, {
    hint: 'Free some space or choose another folder.',
    cause,
  });
}

/** An error of the system from writing a file as a UserError that names it; other errors as they are. */
export async function explainWriteError(error: unknown, path: string, bytes?: number | undefined): Promise<unknown> {
  const code = codeOf(error);
  if (code === undefined) return error;
  if (isDiskFull(code)) return noSpace(path, bytes, await freeBytes(path), error);
  const [problem, hint] = PROBLEMS[code] ?? [(error as Error).message, undefined];
  return new UserError(`Cannot write ${path}: ${problem}.`, { hint, cause: error });
}

const PROBLEMS: Readonly<Record<string, readonly [problem: string, hint: string]>> = {
  EACCES: ['permission denied', 'Change the permissions of its folder or choose another one.'],
  EPERM: ['permission denied', 'Change the permissions of its folder or choose another one.'],
  EROFS: ['the file system is read-only', 'Choose a folder on another file system.'],
  ENOENT: ['its folder does not exist', 'Create the folder first.'],
  ENOTDIR: ['a part of its path is a file, not a folder', 'Choose another path.'],
  ENAMETOOLONG: ['the name is too long', 'Choose a shorter name.'],
  EFBIG: ['the file would be larger than this process may write', 'Raise the limit: ulimit -f unlimited.'],
};

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
