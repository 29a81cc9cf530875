import { opendir, stat } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { UserError } from '../../util/errors.ts';
import { formatPlural } from '../../util/format-count.ts';
import { mayPass } from '../files/error-code.ts';
import type { ImageSource } from '../sources/image-source.ts';
import type { LoadedImages } from './loaded-images.ts';

/** How reads are tried again. */
export interface RetryOptions {
  /** What the images lie in; where it is gone, it may come back. */
  readonly root: string;
  /** Seconds after the first failure up to which a read is tried again; 0: never. */
  readonly limitSeconds: number;
  /** Ends the wait with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Hears when reads begin to fail, and when they work again. */
  readonly say: (message: string) => void;
  /** Waits so many seconds (for tests). */
  readonly sleep?: ((seconds: number, signal: AbortSignal | undefined) => Promise<void>) | undefined;
  /** The time in seconds (for tests). */
  readonly now?: (() => number) | undefined;
}

/** Does a read, and does it again while what fails may come back. */
export type Retry = <Result>(read: () => Promise<Result>) => Promise<Result>;

const MISSING = new Set(['ENOENT', 'ENOTDIR']);

/** The code of the error of the system behind an error, however often it was explained. */
function systemCode(error: unknown): string | undefined {
  for (let each = error; each instanceof Error; each = each.cause) {
    if ('code' in each && typeof each.code === 'string') return each.code;
  }
  return undefined;
}

/** Whether nothing is any more where images were: the folder or file is gone, or an empty mount point is left. */
async function isGone(root: string): Promise<boolean> {
  try {
    if (!(await stat(root)).isDirectory()) return false;
    // One entry, for there may be millions.
    const folder = await opendir(root);
    try {
      return (await folder.read()) === null;
    } finally {
      await folder.close();
    }
  } catch {
    return true;
  }
}

/** Seconds before a read is tried again for the first time; each next time it is twice that. */
const FIRST_WAIT = 1;
const LONGEST_WAIT = 60;
/** Tries of a read that fails while others succeed: then it is no outage, but its own disk block. */
const MOST_ALONE = 4;

const waitSeconds = async (seconds: number, signal: AbortSignal | undefined): Promise<void> => {
  await setTimeout(seconds * 1000, undefined, { signal }).catch((error: unknown) => {
    signal?.throwIfAborted();
    throw error;
  });
};

/**
 * Tries reads again that fail by what may pass: a network disk that is away, or a place of images that has vanished as
 * a whole. Images that vanish one by one are bad images, as always.
 *
 * A read waits 1, 2, 4, ... and at most 60 seconds between two tries.
 *
 * @returns a function that throws what the read throws, a UserError after the limit, and the signal's reason.
 */
export async function createRetry(options: RetryOptions): Promise<Retry> {
  const { root, limitSeconds, signal, say, sleep = waitSeconds, now = () => performance.now() / 1000 } = options;
  // A pattern of several files is no place that could be looked for.
  const isPlace = !(await isGone(root));
  const limit = formatLimit(limitSeconds);
  let since: number | undefined;
  let succeededAt = Number.NEGATIVE_INFINITY;
  const passingProblem = async (error: unknown): Promise<string | undefined> => {
    const code = systemCode(error);
    if (code === undefined) return undefined;
    if (mayPass(code)) return code;
    return MISSING.has(code) && isPlace && (await isGone(root)) ? `nothing at ${root}` : undefined;
  };
  return async (read) => {
    let failedAt: number | undefined;
    for (let tries = 1; ; tries++) {
      try {
        const result = await read();
        succeededAt = now();
        if (failedAt !== undefined && since !== undefined) {
          say(`images can be read again, after ${Math.round(now() - since)} s`);
          since = undefined;
        }
        return result;
      } catch (error) {
        const problem = limitSeconds > 0 ? await passingProblem(error) : undefined;
        if (problem === undefined) throw error;
        failedAt ??= now();
        if (tries >= MOST_ALONE && succeededAt > failedAt) throw error;
        if (since === undefined) {
          since = now();
          say(`images can't be read for now (${problem}): trying again for up to ${limit}`);
        }
        if (now() - failedAt >= limitSeconds) throw gaveUp(problem, limit, error);
        const wait = Math.min(FIRST_WAIT * 2 ** (tries - 1), LONGEST_WAIT, failedAt + limitSeconds - now());
        await sleep(wait, signal);
      }
    }
  };
}

function formatLimit(seconds: number): string {
  return seconds < 60 || seconds % 60 > 0 ? formatPlural(seconds, 'second') : formatPlural(seconds / 60, 'minute');
}

function gaveUp(problem: string, limit: string, cause: unknown): UserError {
  return new UserError(`expected images that can be read, got ${problem} for ${limit}`, {
    hint: 'Not an image fails but the place where they lie. When it is back, go on; data.retryMinutes is how long to wait.',
    cause,
  });
}

/** A source whose reads are tried again. */
export function retryReads(source: ImageSource, retry: Retry): ImageSource {
  return { ...source, read: (index) => retry(() => source.read(index)) };
}

/** Loaded images, of which what is not in memory is read again too. */
export function retryGathering(loaded: LoadedImages, retry: Retry): LoadedImages {
  const { images } = loaded;
  if (images.data !== undefined) return loaded;
  return { ...loaded, images: { ...images, gather: (rows) => retry(() => images.gather(rows)) } };
}
