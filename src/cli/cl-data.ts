import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { addBench } from './cl-data-bench.ts';
import { addInspect } from './cl-data-inspect.ts';
import { addPack } from './cl-data-pack.ts';
import { addPreview } from './cl-data-preview.ts';
import { createCommand, helpNotes } from './create-command.ts';
import { runMain } from './run-main.ts';
import { STOP_CODES } from './stop-signals.ts';

const NOTES = `
Images are found as cl-train finds them: a folder, archive, list, shards or another format that datasets.md shows.

Exit codes: 0 done, 1 it failed, 2 wrong use or configuration,
${STOP_CODES}.`;

/** The command line of `cl-data`, which stops what it does by the signal. */
export function defineProgram(signal: AbortSignal): CommandUnknownOpts {
  const command = createCommand('cl-data', 'Prepares images for training.').addHelpText('after', helpNotes(NOTES));
  addInspect(command, signal);
  addPreview(command, signal);
  addPack(command, signal);
  addBench(command, signal);
  return command as CommandUnknownOpts;
}

/** `cl-data`: works on images without training. Ends the process. */
export function main(argv: readonly string[]): Promise<never> {
  return runMain('cl-data', argv, (signal) => defineProgram(signal).parseAsync(argv, { from: 'user' }), 'stopping');
}
