import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import type { Assignment } from '../config/assignment.ts';
import type { RunConfig } from '../config/run-config.ts';
import { UserError } from '../util/errors.ts';
import { createCommand, fileOrPreset, loudnessOptions, setOption, shortcuts } from './options.ts';
import { relaunchWithEnvironment } from './relaunch.ts';
import { runMain } from './run-main.ts';

interface TrainOptions {
  readonly config?: string;
  readonly set?: readonly string[];
  readonly output?: string;
  readonly resume?: true | string;
  readonly overwrite?: true;
  readonly dryRun?: true;
  readonly printConfig?: true;
  readonly printSchema?: true;
  readonly quiet?: true;
  readonly verbose?: true;
}

const SHORTCUTS = {
  data: 'data.path',
  output: 'output',
  device: 'device',
  seed: 'seed',
  epochs: 'schedule.epochs',
} as const;

const EXAMPLES = `
Examples:
  cl-train --config quickstart.yaml
  cl-train --config simclr.yaml --set data.path=FOLDER --dry-run
  cl-train --config simclr.yaml --data FOLDER --set optimizer.learningRate=0.1 --output runs/rate-0.1
  cl-train --resume runs/rate-0.1

Exit codes: 0 done, 1 the run failed, 2 wrong use or configuration, 130 stopped by Ctrl-C (143: SIGTERM) and saved.`;

function configPath({ config, resume }: TrainOptions): string {
  if (config !== undefined) return fileOrPreset(config);
  if (typeof resume === 'string') {
    const path = join(resume, 'config.yaml');
    if (existsSync(path)) return path;
    throw new UserError(`--resume: expected a run folder with config.yaml, got ${resume}`, { exitCode: 2 });
  }
  throw new UserError('--config: expected a YAML file, got nothing', {
    exitCode: 2,
    hint: 'for example cl-train --config quickstart.yaml; cl-train --help lists the options',
  });
}

async function loadFor(options: TrainOptions, path: string): Promise<RunConfig> {
  const [{ loadConfig }, { parseAssignment }] = await Promise.all([
    import('../config/load.ts'),
    import('../config/assignment.ts'),
  ]);
  const resumed: Assignment[] =
    typeof options.resume === 'string' ? [{ label: '--resume', key: 'output', text: options.resume }] : [];
  const given = shortcuts({ ...options }, SHORTCUTS);
  return loadConfig(path, [...(options.set ?? []).map(parseAssignment), ...resumed, ...given]);
}

async function train(options: TrainOptions, signal: AbortSignal): Promise<void> {
  if (options.printSchema) {
    const { configJsonSchema } = await import('../config/json-schema.ts');
    process.stdout.write(configJsonSchema());
    return;
  }
  const path = configPath(options);
  const config = await loadFor(options, path);
  const { formatConfig } = await import('../config/format.ts');
  if (options.printConfig) {
    process.stdout.write(formatConfig(config));
    return;
  }
  if (options.dryRun) {
    const [{ planRun }, { formatPlan }] = await Promise.all([import('../run/plan.ts'), import('../run/plan-text.ts')]);
    process.stdout.write(formatPlan(await planRun(config)));
    return;
  }
  await relaunchWithEnvironment();
  const { pretrain } = await import('../run/pretrain.ts');
  await pretrain(config, {
    configText: formatConfig(config),
    configPath: path,
    resume: options.resume !== undefined,
    overwrite: options.overwrite === true,
    quiet: options.quiet === true,
    verbose: options.verbose === true,
    signal,
  });
}

function program(signal: AbortSignal): Command {
  const command = createCommand('cl-train', 'Pretrains an image encoder by contrastive learning.')
    .option(
      '-c, --config <file>',
      'experiment file (YAML), or the name of a preset; with --resume DIR, that of the run folder when left out',
    )
    .addOption(setOption('change a setting, for example --set views.size=64; repeatable, the last one wins'))
    .option('-d, --data <path>', 'images: a folder, archive or other file (datasets.md), same as --set data.path=PATH')
    .option('-o, --output <dir>', 'run folder, same as --set output=DIR (default: runs/<name of the config>)')
    .addOption(new Option('-r, --resume [dir]', 'go on with the run in its folder, exactly').conflicts('overwrite'))
    .option('--overwrite', 'delete what an earlier run left in the run folder, and start anew')
    .option('--device <name>', 'auto, cpu or gpu, same as --set device=NAME')
    .option('--seed <n>', 'same as --set seed=N')
    .option('--epochs <n>', 'same as --set schedule.epochs=N')
    .option('-n, --dry-run', 'print what would run (steps, learning rates, parameters, memory) and stop')
    .option('--print-config', 'print the complete configuration as YAML and stop')
    .option('--print-schema', 'print the JSON Schema of configurations and stop')
    .addHelpText('after', EXAMPLES)
    .action((options: TrainOptions) => train(options, signal));
  for (const option of loudnessOptions()) command.addOption(option);
  return command;
}

/** `cl-train`: pretrains as a YAML file says. Ends the process. */
export function main(argv: readonly string[]): Promise<never> {
  return runMain('cl-train', argv, (signal) => program(signal).parseAsync(argv, { from: 'user' }));
}
