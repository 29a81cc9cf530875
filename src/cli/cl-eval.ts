import { type Command, Option } from '@commander-js/extra-typings';
import { UserError } from '../util/errors.ts';
import { createCommand } from './create-command.ts';
import { assignmentsOf, DEVICE, JSON_FILE, JSON_RESULT, QUIET, set, setting, VERBOSE } from './option-kinds.ts';
import { relaunchWithEnvironment } from './relaunch.ts';
import { runMain } from './run-main.ts';

const KINDS = {
  knn: 'Votes of the nearest training images by cosine similarity of their features.',
  'linear-probe': 'A linear classifier on frozen features.',
} as const;

const EXAMPLES = `
Examples:
  cl-eval knn --run runs/simclr --set evaluate.knn.k=20
  cl-eval linear-probe --run runs/simclr --json > probe.json`;

function addEvaluation(program: Command, kind: keyof typeof KINDS, signal: AbortSignal): void {
  program
    .command(kind)
    .description(KINDS[kind])
    .addOption(new Option('-r, --run <dir>', 'run folder; its newest checkpoint is evaluated').conflicts('checkpoint'))
    .option('--checkpoint <file>', 'checkpoint file')
    .addOption(setting('-d, --data <path>', 'data.path', "images to use instead of the run's"))
    .addOption(set("change a setting of the run's configuration; repeatable"))
    .addOption(DEVICE)
    .addOption(JSON_FILE)
    .addOption(JSON_RESULT)
    .addOption(QUIET)
    .addOption(VERBOSE)
    .action(async (options) => {
      if (options.run === undefined && options.checkpoint === undefined) {
        throw new UserError('expected --run DIR or --checkpoint FILE, got neither', {
          exitCode: 2,
          hint: `for example cl-eval ${kind} --run runs/simclr`,
        });
      }
      await relaunchWithEnvironment();
      const { evaluateRun } = await import('../run/evaluation/evaluate-run.ts');
      await evaluateRun(kind, { ...options, assignments: assignmentsOf(options), signal });
    });
}

function program(signal: AbortSignal): Command {
  const command = createCommand('cl-eval', 'Measures what a pretrained encoder has learned.').addHelpText(
    'after',
    EXAMPLES,
  );
  for (const kind of Object.keys(KINDS) as (keyof typeof KINDS)[]) addEvaluation(command, kind, signal);
  return command;
}

/** `cl-eval`: evaluates a run's encoder. Ends the process. */
export function main(argv: readonly string[]): Promise<never> {
  return runMain('cl-eval', argv, (signal) => program(signal).parseAsync(argv, { from: 'user' }));
}
