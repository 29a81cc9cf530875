import { callPrograms } from './program-command.ts';

/** Where text for people is written: standard output or error, or anything with `write`. */
export interface TextStream {
  write(text: string): unknown;
  isTTY?: boolean | undefined;
  columns?: number | undefined;
}

/** Text for people as a stream shows it: programs are called as they can be typed. */
export function layOut(_stream: TextStream, text: string): string {
  return callPrograms(text);
}

/** Writes text for people, whole lines, as {@link layOut} has it. */
export function writeText(stream: TextStream, text: string): void {
  stream.write(layOut(stream, text));
}
