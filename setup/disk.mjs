import * as fs from 'node:fs';
import { fail, ROOT } from './process.mjs';

// What the disk says to set-up, for people.

const PROBLEMS = {
  ENOSPC: ['the disk is full', 'Free some space there, then run the command again.'],
  EDQUOT: ['your quota there is used up', 'Free some space there, then run the command again.'],
  EACCES: ['permission denied', 'Clone into a folder of your own, then run the command again.'],
  EPERM: ['permission denied', 'Clone into a folder of your own, then run the command again.'],
  EROFS: ['the file system is read-only', 'Clone into a folder that can be written, then run the command again.'],
  EMFILE: ['too many open files', 'Raise the limit (`ulimit -n 1024`), then run the command again.'],
};

/** Ends with what the system's error means; throws any other error. */
export function failBy(error, place = ROOT, ownHint = undefined) {
  if (error.syscall === undefined) throw error;
  const [problem, hint] = PROBLEMS[error.code] || [error.message, undefined];
  fail(`Set-up cannot write ${error.path || place}: ${problem}.`, ownHint || hint);
}

/** Free bytes of the disk that holds the clone; undefined where it does not say. */
export function freeBytes() {
  const { bavail, bsize, blocks } = fs.statfsSync(ROOT);
  return blocks === 0 ? undefined : bavail * bsize;
}

/** Ends where the disk that holds the clone lacks so many bytes for what is said. */
export function assertSpace(bytes, what) {
  const free = freeBytes();
  if (free === undefined || free >= bytes) return;
  const megabytes = (count) => `${Math.round(count / 1e6)} MB`;
  fail(
    `${what} needs ${megabytes(bytes)} in ${ROOT}, but that disk has ${megabytes(free)} free.`,
    'Free some space there, or clone into a folder on a larger disk.',
  );
}
