import { spawn } from 'node:child_process';

/** How a program ended, and what it wrote. */
export interface Ended {
  readonly output: string;
  /** The end of what it wrote to standard error. */
  readonly errors: string;
  /** Undefined where it ended with exit code 0. */
  readonly failure: string | undefined;
  readonly timedOut: boolean;
}

/** Characters of standard error that are kept. */
const KEPT = 2000;

/** Runs a program to its end, or kills it after some milliseconds: a card can hang a process for good. */
export function runLimited(
  command: string,
  args: readonly string[],
  { env = process.env, limitMs }: { readonly env?: NodeJS.ProcessEnv | undefined; readonly limitMs: number },
): Promise<Ended> {
  return new Promise((done) => {
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let [output, errors, timedOut] = ['', '', false];
    const timer = setTimeout(() => {
      timedOut = true;
      child.kill('SIGKILL');
    }, limitMs);
    const end = (failure: string | undefined): void => {
      clearTimeout(timer);
      done({ output, errors: errors.trim(), failure, timedOut });
    };
    child.stdout.on('data', (part: Buffer) => {
      output += part;
    });
    child.stderr.on('data', (part: Buffer) => {
      errors = `${errors}${part}`.slice(-KEPT);
    });
    child.on('error', (error) => end(error.message));
    child.on('close', (status, signal) => {
      const failure = timedOut
        ? `it took longer than ${Math.round(limitMs / 1000)} s`
        : `it ended with ${signal ?? `exit code ${status}`}`;
      end(status === 0 ? undefined : failure);
    });
  });
}

/** The last line that a program wrote, as JSON. Throws an Error with the end of what it complained of. */
export function lastJson<T>({ output, errors, failure }: Ended): T {
  const why = errors
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-4)
    .join(' | ');
  if (failure !== undefined) throw new Error(why ? `${failure}: ${why}` : failure);
  return JSON.parse(output.trim().split('\n').at(-1) ?? '') as T;
}
