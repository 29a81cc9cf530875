import type { Command } from '@commander-js/extra-typings';
import { flag } from './option-kinds.ts';

/** Adds `cl-doctor checkpoint`. */
export function addCheckpoint(program: Command): void {
  program
    .command('checkpoint')
    .description('Verifies checkpoints and says what they hold: checksum, step, tensors, values that are not finite.')
    .argument('<path>', 'a checkpoint, a folder of them, or a run folder')
    .addOption(flag('--json', 'print { ok, checkpoints: [{ path, ok, problem, holds, uses, ... }] }'))
    .action(async (path, options, command) => {
      // The program itself has an option of this name, which takes it from this one.
      const json = options.json || command.optsWithGlobals()['json'] === true;
      const { inspectCheckpoints } = await import('../run/checkpoints/inspect-checkpoints.ts');
      await inspectCheckpoints(path, { json });
    });
}
