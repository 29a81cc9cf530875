import type { Command } from 'commander';
import type { RunConfig } from '../config/run-config.ts';
import { UserError } from '../util/errors.ts';
import { fileOrPreset, loudnessOptions, setOption } from './options.ts';

/** What every subcommand of `cl-data` takes. */
export interface DataOptions {
  readonly config?: string;
  readonly set?: readonly string[];
  readonly quiet?: true;
  readonly verbose?: true;
}

/** Adds the options that say which images, and how much is told. */
export function addDataOptions(command: Command): Command {
  command
    .option('-c, --config <file>', 'experiment file (YAML), or the name of a preset, whose images are meant')
    .addOption(setOption('change a setting, for example --set data.fraction=0.1; repeatable, the last one wins'));
  for (const option of loudnessOptions()) command.addOption(option);
  return command;
}

/**
 * The configuration that says which images are meant, as `cl-train` would open them: of a file or of the defaults, with
 * `path` in place of its `data.path`.
 *
 * @param usage an example of the command, for whoever named no images.
 * @throws UserError (exit code 2) for wrong settings, or where neither a path nor a file names images.
 */
export async function loadDataConfig(
  path: string | undefined,
  options: DataOptions,
  usage: string,
): Promise<RunConfig> {
  const [{ loadConfig, bareConfig }, { parseAssignment }] = await Promise.all([
    import('../config/load.ts'),
    import('../config/assignment.ts'),
  ]);
  const given = path === undefined ? [] : [{ label: 'PATH', key: 'data.path', text: path }];
  const assignments = [...(options.set ?? []).map(parseAssignment), ...given];
  if (options.config !== undefined) return loadConfig(fileOrPreset(options.config), assignments);
  if (assignments.some(({ key }) => key === 'data.path')) return bareConfig(assignments);
  throw new UserError('expected images (a path, or --config FILE), got neither', {
    exitCode: 2,
    hint: `for example ${usage}`,
  });
}
