import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { CommanderError } from '@commander-js/extra-typings';
import { UserError } from '../util/errors.ts';
import { isStop } from '../util/is-stop.ts';
import { tell } from '../util/notices.ts';
import { packageVersion } from '../util/package-info.ts';
import { terminalLines } from '../util/terminal-text.ts';
import { writeText } from '../util/write-text.ts';
import { explainFailure } from './explain-failure.ts';
import { guardStreams } from './standard-streams.ts';
import { EXIT_CODES, listenForStop, type StopSignal } from './stop-signals.ts';

function say(text: string): void {
  writeText(process.stderr, `${terminalLines(text)}\n`);
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
  const explained = error instanceof UserError ? error : explainFailure(error);
  if (explained !== undefined) {
    say(`error: ${explained.message}`);
    if (explained.hint !== undefined) say(`hint: ${explained.hint}`);
    if (argv.includes('--verbose') && explained.cause !== undefined) say(inspect(explained.cause));
    return explained.exitCode;
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

/** Ends the process without waiting for what its threads are at, such as a step of TensorFlow. */
async function endAtOnce(exitCode: number): Promise<void> {
  try {
    const { endProcess } = await import('../runtime/exec.ts');
    endProcess(exitCode);
  } finally {
    process.exit(exitCode);
  }
}

/**
 * Runs a command and ends the process with its exit code: what the command returns (nothing: 0), 1 for a run that
 * failed, 2 for a mistake in its use, 128 and the number of a signal that stopped it.
 *
 * The first signal aborts the `signal` that the command gets, so that it can finish its step and save; the second ends
 * the process at once. `stopping` is what is said at the first. No other code calls `process.exit`.
 */
export async function runMain(
  name: string,
  argv: readonly string[],
  command: (signal: AbortSignal) => Promise<unknown>,
  stopping = 'stopping after this step and saving',
): Promise<never> {
  const controller = new AbortController();
  const streams = guardStreams();
  let stoppedBy: StopSignal | undefined;
  const end = async (exitCode: number): Promise<never> => {
    await streams.flush();
    // Node sets terminals back at its end, and aborts where one is gone.
    if (streams.isTerminalGone()) await endAtOnce(exitCode);
    process.exit(exitCode);
  };
  listenForStop({
    onFirst(signal) {
      stoppedBy = signal;
      // Below a bar that is drawn anew.
      tell('');
      tell(`${name}: ${stopping}; ${signal === 'SIGINT' ? 'Ctrl-C again' : 'a second signal'} stops at once`);
      controller.abort(signal);
    },
    onAgain: (signal) => void endAtOnce(EXIT_CODES[signal]),
    onOutlived: () => tell(`${name}: the terminal has hung up; started by nohup, this goes on`),
  });
  // Threads of TensorFlow may be at work, which the process's orderly end takes memory from.
  process.on('uncaughtException', (error) => {
    const exitCode = reportError(name, argv, error);
    void streams.flush().then(() => endAtOnce(exitCode));
  });
  let exitCode = 0;
  try {
    const result = await command(controller.signal);
    if (typeof result === 'number') exitCode = result;
    await streams.flush();
    streams.assertResultsWritten();
  } catch (error) {
    const isStopped = stoppedBy !== undefined && isStop(error, controller.signal);
    if (!isStopped) exitCode = reportError(name, argv, error);
  }
  return end(exitCode === 0 && stoppedBy !== undefined ? EXIT_CODES[stoppedBy] : exitCode);
}
