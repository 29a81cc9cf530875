import { closeSync, fdatasyncSync, fstatSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { UserError } from '../util/errors.ts';
import { isDiskFull } from '../util/system-error.ts';

/** A file to which lines are added. */
export interface AppendFile {
  /** Adds a line, whole or not at all. */
  append(line: string): void;
  /** Forces what was added to the disk. */
  sync(): void;
  /** Safe to call twice; nothing can be added then. */
  close(): void;
}

/** Takes back what a full disk took of a line, so that a later one begins at its own. @returns whether it could. */
function cutBack(file: number, bytes: number): boolean {
  try {
    ftruncateSync(file, fstatSync(file).size - bytes);
    return true;
  } catch {
    return false;
  }
}

function explain(error: unknown, path: string): UserError {
  const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
  const full = isDiskFull(code);
  return new UserError(`Cannot write ${path}: ${full ? 'no space left on the disk' : code}.`, {
    hint: full ? 'Free some space, then go on with --resume.' : 'Check the disk, then go on with --resume.',
    cause: error,
  });
}

/**
 * Opens a file to add lines to. After a failure it is opened anew, since a file of a network disk that was away stays
 * unusable.
 *
 * @throws UserError where it can't be opened; `append`, `sync` and `close` where it can't be written.
 */
export function openAppendFile(path: string): AppendFile {
  let file: number | undefined;
  let isClosed = false;
  // Readers pass over a torn line.
  let isTorn = false;
  const writeWhole = (to: number, line: string): void => {
    const bytes = Buffer.from(isTorn ? `\n${line}` : line);
    let written = 0;
    try {
      while (written < bytes.length) written += writeSync(to, bytes, written);
      isTorn = false;
    } catch (error) {
      if (written > 0) isTorn = !cutBack(to, written);
      throw error;
    }
  };
  const release = (): void => {
    const open = file;
    file = undefined;
    if (open !== undefined) closeSync(open);
  };
  const attempt = (work: (file: number) => void): void => {
    if (isClosed) return;
    try {
      file ??= openSync(path, 'a');
      work(file);
    } catch (error) {
      try {
        release();
      } catch {
        // The first failure is the one to tell.
      }
      throw explain(error, path);
    }
  };
  attempt(() => {});
  return {
    append: (line) => attempt((open) => writeWhole(open, line)),
    sync: () => attempt(fdatasyncSync),
    close() {
      try {
        if (file !== undefined) attempt(release);
      } finally {
        isClosed = true;
      }
    },
  };
}
