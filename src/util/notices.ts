import { terminalText } from './terminal-text.ts';
import { writeText } from './write-text.ts';

let isSilent = false;

/** Lets this process say nothing more beside results and errors, as `--quiet` asks. */
export function silenceNotices(): void {
  isSilent = true;
}

/** Writes a line beside the results to standard error, unless the process is to be quiet. */
export function tell(text: string): void {
  if (!isSilent) writeText(process.stderr, `${terminalText(text)}\n`);
}

/** The same of what a user should know of how a command was taken. */
export function note(message: string): void {
  tell(`note: ${message}`);
}

/** The same of what may be wrong. */
export function warn(message: string): void {
  tell(`warning: ${message}`);
}
