import { constants, promises as fs } from 'node:fs';
import { UserError } from '../../util/errors.ts';
import { mayPass } from '../../util/system-error.ts';
import { codeOf } from './error-code.ts';
import { PLACEHOLDER_HEAD, refusePlaceholder } from './placeholder.ts';
import { unfetchedHint } from './unfetched.ts';

/** Reads up to `length` bytes at an offset; fewer only at the end. */
export type ReadAt = (offset: number, length: number) => Promise<Uint8Array>;

/** Bytes that can be read at any place, wherever they are. */
export interface Bytes {
  readonly size: number;
  /** Whether reading beyond the first megabytes unpacks all into memory. */
  readonly isPacked?: boolean | undefined;
  readonly readAt: ReadAt;
  close(): Promise<void>;
}

/** An open file, as far as reading goes. */
export interface ReadableFile {
  /** Reads up to `length` bytes at `position` into `buffer` from `offset` on. */
  read(buffer: Uint8Array, offset: number, length: number, position: number): Promise<{ readonly bytesRead: number }>;
}

/** Reads an open file from an offset on into `buffer`, and returns the part of it that was filled. */
export async function readFully(file: ReadableFile, offset: number, buffer: Uint8Array): Promise<Uint8Array> {
  let filled = 0;
  while (filled < buffer.length) {
    const { bytesRead } = await file.read(buffer, filled, buffer.length - filled, offset + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

/** Opens a file that can be read anywhere; a pipe or a device can't. */
async function openRegular(path: string): Promise<{ file: fs.FileHandle; size: number; changed: number }> {
  const unreadable = (reason: string, cause?: unknown, hint?: string): UserError =>
    new UserError(`expected a readable file, got ${reason} at ${path}`, { hint, exitCode: 2, cause });
  // Opening a pipe would otherwise wait for somebody to write into it.
  const flags = constants.O_RDONLY | constants.O_NONBLOCK;
  const file = await fs.open(path, flags).catch(async (error: NodeJS.ErrnoException) => {
    throw unreadable(error.code ?? error.message, error, await unfetchedHint(path));
  });
  const info = await file.stat();
  if (info.isFile()) return { file, size: info.size, changed: info.mtimeMs };
  await file.close();
  throw unreadable(info.isDirectory() ? 'a folder' : 'a pipe or device');
}

/** Refuses a file that only stands for another; see `refusePlaceholder`. */
async function checkContent(file: fs.FileHandle, size: number, path: string): Promise<void> {
  try {
    refusePlaceholder(await readFully(file, 0, within(size, 0, PLACEHOLDER_HEAD)), size, path);
  } catch (error) {
    await file.close();
    throw error;
  }
}

const within = (size: number, offset: number, length: number): Uint8Array =>
  new Uint8Array(Math.max(0, Math.min(length, size - offset)));

function changedError(path: string): UserError {
  return new UserError(`expected files that stay as they are during a run, but this one changed: ${path}`, {
    hint: 'Start again when it is complete.',
  });
}

/**
 * The bytes of a file, which stays open until it is closed. One that takes its place under its name changes nothing.
 *
 * @throws UserError (exit code 2) where there is no readable file; a pipe or a device is none, nor a Git LFS pointer;
 * and when reading a file that has been written into since.
 */
export async function openFile(path: string): Promise<Bytes> {
  const { file: first, size, changed } = await openRegular(path);
  await checkContent(first, size, path);
  let file = first;
  /** A file of a disk that was away stays unreadable until it is opened again. */
  const reopen = async (): Promise<void> => {
    const again = await openRegular(path);
    const old = file;
    file = again.file;
    await old.close().catch(() => {});
    if (again.size !== size || again.changed !== changed) throw changedError(path);
  };
  return {
    size,
    async readAt(offset, length) {
      const buffer = within(size, offset, length);
      const bytes = await readFully(file, offset, buffer).catch(async (error: unknown) => {
        if (!mayPass(codeOf(error))) throw error;
        await reopen();
        return readFully(file, offset, buffer);
      });
      const now = await file.stat();
      if (now.size !== size || now.mtimeMs !== changed) throw changedError(path);
      return bytes;
    },
    close: () => file.close(),
  };
}

/**
 * The bytes of a file that is opened anew for each read, where there are too many files to keep open.
 *
 * @throws UserError as `openFile` does, and when reading a file that has changed since.
 */
export async function openBriefly(path: string): Promise<Bytes> {
  const first = await openRegular(path);
  await checkContent(first.file, first.size, path);
  await first.file.close();
  const { size } = first;
  return {
    size,
    async readAt(offset, length) {
      const { file, ...now } = await openRegular(path);
      try {
        if (now.size !== size || now.changed !== first.changed) {
          throw changedError(path);
        }
        return await readFully(file, offset, within(size, offset, length));
      } finally {
        await file.close();
      }
    },
    close: async () => {},
  };
}

/** Opens files and remembers them, so that all are closed at once. */
export function createOpener(): { open(path: string): Promise<Bytes>; closeAll(): Promise<void> } {
  const opened = new Set<Bytes>();
  return {
    async open(path) {
      const bytes = await openFile(path);
      opened.add(bytes);
      const close = async (): Promise<void> => {
        if (opened.delete(bytes)) await bytes.close();
      };
      return { ...bytes, close };
    },
    async closeAll() {
      const all = [...opened];
      opened.clear();
      await Promise.all(all.map((bytes) => bytes.close()));
    },
  };
}

/** A stretch of other bytes, which stay open when it is closed. */
export function sliceBytes(bytes: Bytes, start: number, size: number): Bytes {
  return {
    size,
    readAt: (offset, length) => bytes.readAt(start + offset, Math.max(0, Math.min(length, size - offset))),
    close: async () => {},
  };
}
