import { isatty } from 'node:tty';
import { UserError } from '../util/errors.ts';

/** What became of the streams that a program was started with. */
export interface StandardStreams {
  /** Waits until all that was written has left: ending the process would cut off what a slow pipe has not taken. */
  flush(): Promise<void>;
  /** Throws a UserError where results could not be written. */
  assertResultsWritten(): void;
  /** Whether a terminal that was there at the start is gone. */
  isTerminalGone(): boolean;
}

/**
 * Lets a program outlive its standard streams: what can't be written is dropped, and each next text is tried again.
 *
 * A reader that has gone (`cl-eval ... | head`) and a terminal that has closed miss nothing. Results that a full disk
 * could not take are lost, and no success.
 */
export function guardStreams(): StandardStreams {
  const descriptors = [0, 1, 2];
  const terminals = descriptors.filter((descriptor) => isatty(descriptor));
  let lost: NodeJS.ErrnoException | undefined;
  process.stderr.on('error', () => {});
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'EIO') lost ??= error;
  });
  const flushed = (stream: NodeJS.WriteStream): Promise<void> =>
    new Promise((resolve) => void stream.write('', () => resolve()));
  return {
    flush: async () => void (await Promise.all([process.stdout, process.stderr].map(flushed))),
    assertResultsWritten() {
      if (lost === undefined) return;
      throw new UserError(`Cannot write the results to standard output: ${lost.message}.`, {
        hint: 'Free some space, or send them elsewhere, and run the command again.',
        cause: lost,
      });
    },
    isTerminalGone: () => terminals.some((descriptor) => !isatty(descriptor)),
  };
}
