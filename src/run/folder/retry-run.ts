import { UserError } from '../../util/errors.ts';
import { warn } from '../../util/notices.ts';
import { createRetry, type Retry, type RetryOptions } from '../../util/retry.ts';

/** Minutes for which commands wait for a run that don't know its settings before they have read it. */
const USUAL_MINUTES = 10;

/** How long reading is tried again: by default ten minutes, told on standard error. */
export type ReadingOptions = Partial<Pick<RetryOptions, 'limitSeconds' | 'signal' | 'say'>>;

/**
 * What reading a run or weights is tried again by where their disk is away for a while; after the limit it throws a
 * UserError.
 *
 * @param what is read, for people: `the run`.
 */
export function createReading(what: string, { limitSeconds, signal, say }: ReadingOptions): Retry {
  const hint = 'When the disk is back, start the same command again.';
  return createRetry(
    {
      failing: `${what} can't be read`,
      over: `${what} can be read again`,
      gaveUp: (_, limit, cause) => lasting(cause, limit, hint),
    },
    {
      limitSeconds: limitSeconds ?? 60 * USUAL_MINUTES,
      signal,
      say: say ?? warn,
    },
  );
}

/**
 * What writing into a run's folder is tried again by where its disk is away for a while; after the limit it throws a
 * UserError. A full disk is no such case.
 */
export function createRunWriting(options: RetryOptions): Retry {
  const hint = 'When the disk is back, go on with --resume; checkpoint.retryMinutes is how long to wait.';
  return createRetry(
    {
      failing: "the run's folder can't be written",
      over: "the run's folder can be written again",
      gaveUp: (_, limit, cause) => lasting(cause, limit, hint),
    },
    options,
  );
}

function lasting(cause: unknown, limit: string, hint: string): UserError {
  const { message } = cause as Error;
  return new UserError(`${message.replace(/\.?$/, '.')} It was tried again for ${limit}.`, { hint, cause });
}
