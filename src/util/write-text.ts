import { callPrograms } from './program-command.ts';
import { wrapText } from './wrap-text.ts';

/** Where text for people is written: standard output or error, or anything with `write`. */
export interface TextStream {
  write(text: string): unknown;
  isTTY?: boolean | undefined;
  columns?: number | undefined;
}

/**
 * Whether a stream shows colours: a terminal does, unless NO_COLOR is set, FORCE_COLOR is 0, or it is a dumb one. A
 * pipe never does: its lines are for grep.
 */
export function hasColors({ isTTY }: TextStream, environment: NodeJS.ProcessEnv = process.env): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = environment;
  return isTTY === true && !NO_COLOR && FORCE_COLOR !== '0' && TERM !== 'dumb';
}

/** Text for people as a stream shows it: programs are called as they can be typed; a terminal has lines that fit. */
export function layOut({ isTTY, columns }: TextStream, text: string): string {
  const called = callPrograms(text);
  return isTTY === true && columns ? wrapText(called, columns) : called;
}

/** Writes text for people, whole lines, as {@link layOut} has it. */
export function writeText(stream: TextStream, text: string): void {
  stream.write(layOut(stream, text));
}
