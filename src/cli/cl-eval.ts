import { type Command, type CommandUnknownOpts, Option } from '@commander-js/extra-typings';
import type { Assignment } from '../config/assignment.ts';
import { UserError } from '../util/errors.ts';
import { note } from '../util/notices.ts';
import { shellWord } from '../util/shell-word.ts';
import { createCommand, helpNotes } from './create-command.ts';
import { assignmentsOf, DEVICE, JSON_FILE, JSON_RESULT, QUIET, set, setting, VERBOSE } from './option-kinds.ts';
import { experimentOf } from './preset-path.ts';
import { relaunchWithEnvironment } from './relaunch.ts';
import { runMain } from './run-main.ts';

const KINDS = {
  knn: 'Votes of the nearest training images by cosine similarity of their features.',
  'linear-probe': 'A linear classifier on frozen features.',
} as const;

const EXAMPLES = `
Examples:
  cl-eval knn --run runs/simclr --set evaluate.knn.k=20
  cl-eval linear-probe --run runs/simclr --json > probe.json
  cl-eval knn --weights resnet50.safetensors --data FOLDER`;

/** Throws a UserError where nothing says on which images a file of weights is evaluated. */
function checkImages(
  kind: string,
  weights: string,
  config: string | undefined,
  assignments: readonly Assignment[],
): void {
  if (config !== undefined || assignments.some(({ key }) => key === 'data.path')) return;
  throw new UserError(
    '--weights: expected images with --data PATH, or a configuration with --config FILE, got neither',
    {
      exitCode: 2,
      hint: `for example cl-eval ${kind} --weights ${shellWord(weights)} --data FOLDER`,
    },
  );
}

function addEvaluation(program: Command, kind: keyof typeof KINDS, signal: AbortSignal): void {
  program
    .command(kind)
    .description(KINDS[kind])
    .addOption(new Option('-r, --run <dir>', 'run folder; its newest checkpoint is evaluated').conflicts('checkpoint'))
    .addOption(new Option('--checkpoint <file>', 'checkpoint file in its run folder').conflicts('weights'))
    .addOption(
      new Option(
        '--weights <file>',
        "a file of weights, evaluated as it is: an export, a checkpoint, torchvision's, timm's, a PyTorch file",
      ).conflicts('run'),
    )
    .addOption(
      new Option('-c, --config <file>', 'with --weights: images and evaluation settings (YAML), or a preset').conflicts(
        ['run', 'checkpoint'],
      ),
    )
    .addOption(setting('-d, --data <path>', 'data.path', "images to use instead of the run's"))
    .addOption(set("change a setting of the run's configuration; repeatable"))
    .addOption(DEVICE)
    .addOption(JSON_FILE)
    .addOption(JSON_RESULT)
    .addOption(QUIET)
    .addOption(VERBOSE)
    .action(async (options) => {
      const { run, checkpoint, weights, config } = options;
      if (run === undefined && checkpoint === undefined && weights === undefined) {
        throw new UserError('expected --run DIR, --checkpoint FILE or --weights FILE, got none', {
          exitCode: 2,
          hint: `for example cl-eval ${kind} --run runs/simclr`,
        });
      }
      const assignments = assignmentsOf(options);
      if (weights !== undefined) checkImages(kind, weights, config, assignments);
      const found = config === undefined ? undefined : experimentOf(config, '--config');
      await relaunchWithEnvironment(signal);
      if (found?.note !== undefined) note(found.note);
      const { evaluateRun } = await import('../run/evaluation/evaluate-run.ts');
      const base = found?.path;
      await evaluateRun(kind, { ...options, base, assignments, signal });
    });
}

/** The command line of `cl-eval`, which stops what it does by the signal. */
export function defineProgram(signal: AbortSignal): CommandUnknownOpts {
  const command = createCommand('cl-eval', 'Measures what a pretrained encoder has learned.').addHelpText(
    'after',
    helpNotes(EXAMPLES),
  );
  for (const kind of Object.keys(KINDS) as (keyof typeof KINDS)[]) addEvaluation(command, kind, signal);
  return command as CommandUnknownOpts;
}

/** `cl-eval`: evaluates a run's encoder. Ends the process. */
export function main(argv: readonly string[]): Promise<never> {
  return runMain('cl-eval', argv, (signal) => defineProgram(signal).parseAsync(argv, { from: 'user' }), 'stopping');
}
