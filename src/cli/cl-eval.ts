import { type Command, Option } from 'commander';
import { UserError } from '../util/errors.ts';
import { createCommand, loudnessOptions, setOption, shortcuts } from './options.ts';
import { relaunchWithEnvironment } from './relaunch.ts';
import { runMain } from './run-main.ts';

interface EvalOptions {
  readonly run?: string;
  readonly checkpoint?: string;
  readonly set?: readonly string[];
  readonly output?: string;
  readonly json?: true;
  readonly quiet?: true;
  readonly verbose?: true;
}

const SHORTCUTS = { data: 'data.path', device: 'device' } as const;

const KINDS = {
  knn: 'Votes of the nearest training images by cosine similarity of their features.',
  'linear-probe': 'A linear classifier on frozen features.',
} as const;

const EXAMPLES = `
Examples:
  cl-eval knn --run runs/simclr --set evaluate.knn.k=20
  cl-eval linear-probe --run runs/simclr --json > probe.json`;

async function evaluate(kind: keyof typeof KINDS, options: EvalOptions, signal: AbortSignal): Promise<void> {
  if (options.run === undefined && options.checkpoint === undefined) {
    throw new UserError('expected --run DIR or --checkpoint FILE, got neither', {
      exitCode: 2,
      hint: `for example cl-eval ${kind} --run runs/simclr`,
    });
  }
  const { parseAssignment } = await import('../config/assignment.ts');
  const assignments = [...(options.set ?? []).map(parseAssignment), ...shortcuts({ ...options }, SHORTCUTS)];
  await relaunchWithEnvironment();
  const { evaluateRun } = await import('../run/evaluate.ts');
  await evaluateRun(kind, {
    run: options.run,
    checkpoint: options.checkpoint,
    assignments,
    output: options.output,
    json: options.json === true,
    quiet: options.quiet === true,
    verbose: options.verbose === true,
    signal,
  });
}

function addEvaluation(program: Command, kind: keyof typeof KINDS, signal: AbortSignal): void {
  const command = program
    .command(kind)
    .description(KINDS[kind])
    .addOption(new Option('-r, --run <dir>', 'run folder; its newest checkpoint is evaluated').conflicts('checkpoint'))
    .option('--checkpoint <file>', 'checkpoint file')
    .option('-d, --data <path>', "images to use instead of the run's, same as --set data.path=PATH")
    .addOption(setOption("change a setting of the run's configuration; repeatable"))
    .option('--device <name>', 'auto, cpu or gpu, same as --set device=NAME')
    .option('-o, --output <file>', 'write the result as JSON to a file, which must not exist yet')
    .option('--json', 'print the result as JSON')
    .action((options: EvalOptions) => evaluate(kind, options, signal));
  for (const option of loudnessOptions()) command.addOption(option);
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
