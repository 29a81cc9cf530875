import type { Command } from 'commander';
import { addDataOptions, type DataOptions, loadDataConfig } from './data-options.ts';
import { parseCount } from './options.ts';
import { relaunchWithEnvironment } from './relaunch.ts';

interface InspectOptions extends DataOptions {
  readonly sample?: number;
  readonly json?: true;
  readonly output?: string;
  readonly strict?: true;
}

async function run(path: string | undefined, options: InspectOptions, signal: AbortSignal): Promise<void> {
  const config = await loadDataConfig(path, options, 'cl-data inspect FOLDER');
  await relaunchWithEnvironment();
  const { inspect } = await import('../run/data/inspect.ts');
  await inspect(config, {
    sample: options.sample,
    json: options.json === true,
    output: options.output,
    strict: options.strict === true,
    quiet: options.quiet === true,
    signal,
  });
}

/** Adds `cl-data inspect`. */
export function addInspect(program: Command, signal: AbortSignal): void {
  const command = program
    .command('inspect')
    .description('Decodes all images and says what they are: classes, sizes, bad and duplicate ones, mean and std.')
    .argument('[path]', 'images: a folder, archive or other file (datasets.md)')
    .option('--sample <n>', 'look at n images of each split, spread evenly, instead of all', parseCount('--sample'))
    .option('--json', 'print the result as JSON')
    .option('-o, --output <file>', 'write the result as JSON to a file, which must not exist yet')
    .option('--strict', 'exit with 1 where images are bad, or test images are among those of training')
    .action((path: string | undefined, options: InspectOptions) => run(path, options, signal));
  addDataOptions(command);
}
