import { shellWord } from './shell-word.ts';

/** The command that goes on with the run in a folder. */
export function resumeCommand(folder: string): string {
  // A folder of this name would be taken for the word, and one that begins with a dash for an option.
  return `cl-train --resume ${shellWord(/^(?:auto$|-)/.test(folder) ? `./${folder}` : folder)}`;
}
