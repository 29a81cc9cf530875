import { UserError } from '../util/errors.ts';
import { parseDuration } from '../util/parse-duration.ts';
import { wrongValue } from './parse-value.ts';

/** EX_TEMPFAIL of sysexits(3), which asks to try again: the exit code of a run that its time limit stopped. */
export const AGAIN = 75;

/** How long a program may take. */
export interface Duration {
  readonly text: string;
  readonly seconds: number;
}

/** Reads a duration above 0. @throws UserError (exit code 2) for anything else. */
export function parseLimit(label: string, text: string): Duration {
  const seconds = parseDuration(text);
  if (seconds > 0) return { text, seconds };
  throw wrongValue(label, 'days, hours, minutes and seconds, such as 11h50m, 90m or 30s', text);
}

/** The longest that a timer of Node waits, in milliseconds. */
const LONGEST = 2 ** 31 - 1;

/** The end of the time that a program was given. */
export interface TimeLimit {
  /** Aborts when the time is over; the reason is an error for a program that has come no further by then. */
  readonly signal: AbortSignal;
  /** Ends the wait. */
  stop(): void;
}

/** Waits until this process has run for so long, and says then by `say` that it is over. */
export function createTimeLimit(limit: Duration, say: (text: string) => void): TimeLimit {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const wait = (): void => {
    const left = 1000 * (limit.seconds - process.uptime());
    if (left > 0) {
      timer = setTimeout(wait, Math.min(left, LONGEST)).unref();
      return;
    }
    say(`--max-time ${limit.text} is over: stopping after this step and saving`);
    controller.abort(
      new UserError(`--max-time: expected time for at least one step, got ${limit.text}, in which none was done`, {
        hint: 'Allow more: reading the images and preparing the graph count too. The run stands where it stood.',
      }),
    );
  };
  wait();
  return { signal: controller.signal, stop: () => clearTimeout(timer) };
}
