import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { CommanderError } from '@commander-js/extra-typings';
import { UserError } from '../util/errors.ts';
import { packageVersion } from '../util/package-info.ts';
import { terminalLines } from '../util/terminal-text.ts';

const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;
type StopSignal = keyof typeof EXIT_CODES;

function say(text: string): void {
  process.stderr.write(`${terminalLines(text)}\n`);
}

/** Writes what a bug report needs to a file outside the run folder and returns its path. */
function writeCrashReport(name: string, argv: readonly string[], error: unknown): string {
  const path = join(mkdtempSync(join(tmpdir(), `${name}-`)), 'error.txt');
  const versions = `${name} ${packageVersion()}, Node ${process.version}, ${process.platform}-${process.arch}`;
  writeFileSync(path, `${versions}\n${JSON.stringify(argv)}\n${inspect(error, { depth: 5 })}\n`);
  return path;
}

/** Tells the user about an error and returns the exit code. */
function reportError(name: string, argv: readonly string[], error: unknown): number {
  // Commander has printed the help or the version.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof UserError) {
    say(`error: ${error.message}`);
    if (error.hint !== undefined) say(`hint: ${error.hint}`);
    if (argv.includes('--verbose') && error.cause !== undefined) say(inspect(error.cause));
    return error.exitCode;
  }
  const [line = ''] = String(error instanceof Error ? error.message || error.name : error).split('\n');
  say(`error: ${line}`);
  if (argv.includes('--verbose')) say(inspect(error, { depth: 5 }));
  try {
    say(`hint: this looks like a bug; its details are in ${writeCrashReport(name, argv, error)}`);
  } catch {
    say('hint: this looks like a bug; run again with --verbose for its details');
  }
  return 1;
}

/** A reader that has gone (`cl-eval ... | head`) must not end a run: what it no longer reads is dropped. */
function ignoreClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
}

/** Ends the process without waiting for what its threads are at, such as a step of TensorFlow. */
async function endAtOnce(exitCode: number): Promise<void> {
  try {
    const { endProcess } = await import('../runtime/exec.ts');
    endProcess(exitCode);
  } finally {
    process.exit(exitCode);
  }
}

/** Waits until all that was written has left: ending the process would cut off what a slow pipe has not taken. */
async function flushStreams(): Promise<void> {
  const flushed = (stream: NodeJS.WriteStream): Promise<void> =>
    new Promise((resolve) => void stream.write('', () => resolve()));
  await Promise.all([process.stdout, process.stderr].map(flushed));
}

/**
 * Runs a command and ends the process with its exit code: 0, 1 for a run that failed, 2 for a mistake in its use,
 * 130 or 143 after SIGINT or SIGTERM.
 *
 * The first of these signals aborts the `signal` that the command gets, so that it can finish its step and save; the
 * second ends the process at once. `stopping` is what is said at the first. No other code calls `process.exit`.
 */
export async function runMain(
  name: string,
  argv: readonly string[],
  command: (signal: AbortSignal) => Promise<unknown>,
  stopping = 'stopping after this step and saving',
): Promise<never> {
  const controller = new AbortController();
  let stoppedBy: StopSignal | undefined;
  const stop = (signal: StopSignal): void => {
    if (stoppedBy !== undefined) return void endAtOnce(EXIT_CODES[signal]);
    stoppedBy = signal;
    say(`\n${name}: ${stopping}; ${signal === 'SIGINT' ? 'Ctrl-C again' : 'a second signal'} stops at once`);
    controller.abort(signal);
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  process.on('uncaughtException', (error) => process.exit(reportError(name, argv, error)));
  ignoreClosedPipes();
  let exitCode = 0;
  try {
    await command(controller.signal);
  } catch (error) {
    const isStopped =
      stoppedBy !== undefined && (error === stoppedBy || (error as Error | null)?.name === 'AbortError');
    if (!isStopped) exitCode = reportError(name, argv, error);
  }
  await flushStreams();
  process.exit(exitCode === 0 && stoppedBy !== undefined ? EXIT_CODES[stoppedBy] : exitCode);
}
