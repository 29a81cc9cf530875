import { setTimeout } from 'node:timers/promises';
import { formatPlural } from './format-count.ts';
import { mayPass, systemCode } from './system-error.ts';

/** How long work is tried again, and who hears of it. */
export interface RetryOptions {
  /** Seconds after the first failure up to which it is tried again; 0: never. */
  readonly limitSeconds: number;
  /** Ends the wait with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Hears when work begins to fail, and when it is done again. */
  readonly say: (message: string) => void;
  /** Waits so many seconds (for tests). */
  readonly sleep?: ((seconds: number, signal: AbortSignal | undefined) => Promise<void>) | undefined;
  /** The time in seconds (for tests). */
  readonly now?: (() => number) | undefined;
}

/** Work on a disk that may be away for a while, for people. */
export interface DiskWork {
  /** What is said of it while the disk is away: `images can't be read`. */
  readonly failing: string;
  /** What is said when the disk is back: `images can be read again`. */
  readonly over: string;
  /** What is wrong where it may pass; undefined where it will not. By default the codes of `mayPass`. */
  readonly problemOf?: ((error: unknown) => Promise<string | undefined>) | undefined;
  /** What is thrown after the limit. */
  readonly gaveUp: (problem: string, limit: string, cause: unknown) => Error;
}

/** Does work, and does it again while what fails may come back. */
export type Retry = <Result>(work: () => Result | Promise<Result>) => Promise<Result>;

/** What may pass by itself, as its code; undefined for other errors. */
export async function passingProblem(error: unknown): Promise<string | undefined> {
  const code = systemCode(error);
  return code !== undefined && mayPass(code) ? code : undefined;
}

/** Seconds before work is tried again for the first time; each next time it is twice that. */
const FIRST_WAIT = 1;
const LONGEST_WAIT = 60;
/** Tries of work that fails while other work of the kind succeeds: then it is no outage, but its own disk block. */
const MOST_ALONE = 4;

const waitSeconds = async (seconds: number, signal: AbortSignal | undefined): Promise<void> => {
  await setTimeout(seconds * 1000, undefined, { signal }).catch((error: unknown) => {
    signal?.throwIfAborted();
    throw error;
  });
};

/**
 * Tries work again that fails by what may pass, such as a network disk that is away: after 1, 2, 4, ... and at most 60
 * seconds.
 *
 * @returns a function that throws what the work throws, what `gaveUp` makes of it after the limit, and the signal's
 *   reason.
 */
export function createRetry(disk: DiskWork, options: RetryOptions): Retry {
  const { limitSeconds, signal, say, sleep = waitSeconds, now = () => performance.now() / 1000 } = options;
  const { failing, over, problemOf = passingProblem, gaveUp } = disk;
  const limit = formatLimit(limitSeconds);
  let since: number | undefined;
  let succeededAt = Number.NEGATIVE_INFINITY;
  return async (work) => {
    let failedAt: number | undefined;
    for (let tries = 1; ; tries++) {
      try {
        const result = await work();
        succeededAt = now();
        if (failedAt !== undefined && since !== undefined) {
          say(`${over}, after ${Math.round(now() - since)} s`);
          since = undefined;
        }
        return result;
      } catch (error) {
        const problem = limitSeconds > 0 ? await problemOf(error) : undefined;
        if (problem === undefined) throw error;
        failedAt ??= now();
        if (tries >= MOST_ALONE && succeededAt > failedAt) throw error;
        if (since === undefined) {
          since = now();
          say(`${failing} for now (${problem}): trying again for up to ${limit}`);
        }
        if (now() - failedAt >= limitSeconds) throw gaveUp(problem, limit, error);
        const wait = Math.min(FIRST_WAIT * 2 ** (tries - 1), LONGEST_WAIT, failedAt + limitSeconds - now());
        await sleep(wait, signal);
      }
    }
  };
}

function formatLimit(seconds: number): string {
  if (seconds >= 60 && seconds % 60 === 0) return formatPlural(seconds / 60, 'minute');
  return formatPlural(Math.max(1, Math.round(seconds)), 'second');
}
