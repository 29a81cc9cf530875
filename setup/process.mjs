import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the clone. */
export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

// Node would open its debugger at this signal, a port by which other users of the machine could run code.
process.on('SIGUSR1', ignore).off('SIGUSR1', ignore);

function ignore() {}

/** Prints one line of what set-up does. */
export function say(line) {
  process.stderr.write(`${line}\n`);
}

/** Ends with one message and what to do about it. */
export function fail(message, hint, status = 1) {
  say(`error: ${message}`);
  if (hint) say(`hint: ${hint}`);
  process.exit(status);
}

/**
 * Runs a program in the clone on this process's streams; resolves to its exit status (128 + n after signal n).
 * Ctrl-C reaches it from the terminal; other signals are passed on. With standard error piped, `onError` gets its text.
 */
export function run(command, args, { onError, ...options } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: ROOT, stdio: 'inherit', ...options });
    const passOn = (signal) => child.kill(signal);
    const leave = () => {};
    const passedOn = Object.fromEntries(['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'].map((name) => [name, passOn]));
    const handlers = { ...passedOn, SIGINT: process.stdin.isTTY ? leave : passOn };
    for (const [signal, handler] of Object.entries(handlers)) process.on(signal, handler);
    if (onError) child.stderr.setEncoding('utf8').on('data', onError);
    child.on('error', (error) =>
      fail(`${command} could not be started: ${error.message}`, `Is ${command} on the PATH?`),
    );
    child.on('close', (status, signal) => {
      for (const [name, handler] of Object.entries(handlers)) process.off(name, handler);
      resolve(status === null ? 128 + constants.signals[signal] : status);
    });
  });
}

/** Runs a program of an installed package. */
export function runTool(name, program, args, options) {
  const folder = join(ROOT, 'node_modules', name);
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return run(process.execPath, [join(folder, typeof bin === 'string' ? bin : bin[program]), ...args], options);
}
