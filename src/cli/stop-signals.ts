import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { performance } from 'node:perf_hooks';

/** The signals that stop a program, and its exit codes after them: 128 and the signal's number, as shells have it. */
export const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129, SIGUSR1: 138, SIGUSR2: 140 } as const;

/** The same for `--help`. */
export const STOP_CODES = '130 stopped by Ctrl-C (143 SIGTERM, 129 SIGHUP, 138 SIGUSR1, 140 SIGUSR2)';

/** A signal that stops a program. */
export type StopSignal = keyof typeof EXIT_CODES;

/**
 * Milliseconds in which a signal counts once: a terminal that closes sends it beside its shell, Ctrl-C comes beside
 * what npm passes on, and `timeout` sends it twice.
 */
const ONE_REQUEST = 250;

/** What a program does at signals. */
export interface StopHandlers {
  /** At the first one. */
  readonly onFirst: (signal: StopSignal) => void;
  /** At those after it. */
  readonly onAgain: (signal: StopSignal) => void;
  /** At a hang-up, where the program is to outlive it. */
  readonly onOutlived: () => void;
}

/** Listens for signals until the process ends. */
export function listenForStop({ onFirst, onAgain, onOutlived }: StopHandlers): void {
  const outlives = outlivesHangUp();
  let first: { readonly signal: StopSignal; readonly at: number } | undefined;
  for (const signal of Object.keys(EXIT_CODES) as StopSignal[]) {
    process.on(signal, () => {
      if (signal === 'SIGHUP' && outlives) return onOutlived();
      const at = performance.now();
      if (first === undefined) {
        first = { signal, at };
        return onFirst(signal);
      }
      if (signal !== first.signal || at - first.at > ONE_REQUEST) onAgain(signal);
    });
  }
}

/** The bit of SIGHUP, signal 1, in the kernel's sets of signals. */
const HANG_UP_BIT = 1n;

/**
 * Whether the program was started to outlive its terminal, as by nohup.
 *
 * Node forgets at its start which signals it was told to ignore. What is left is the name that shells hand on of the
 * program they start (`_`), and what the process around ignores, such as a script under nohup.
 */
export function outlivesHangUp(environment: NodeJS.ProcessEnv = process.env, parent: number = process.ppid): boolean {
  if (basename(environment['_'] ?? '') === 'nohup') return true;
  try {
    const ignored = /^SigIgn:\s*([0-9a-f]+)$/m.exec(readFileSync(`/proc/${parent}/status`, 'latin1'))?.[1];
    return ignored !== undefined && (BigInt(`0x${ignored}`) & HANG_UP_BIT) !== 0n;
  } catch {
    return false;
  }
}
