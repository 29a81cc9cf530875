import { type Command, InvalidArgumentError } from 'commander';
import { addDataOptions, type DataOptions, loadDataConfig } from './data-options.ts';
import { relaunchWithEnvironment } from './relaunch.ts';

interface BenchOptions extends DataOptions {
  readonly seconds: number;
  readonly step?: true;
  readonly json?: true;
}

const EXAMPLES = `
Examples:
  cl-data bench imagenet --set views.recipe=simclr
  cl-data bench --config simclr-imagenet.yaml --step`;

function toSeconds(text: string): number {
  const seconds = Number(text);
  if (seconds > 0 && seconds <= 3600) return seconds;
  throw new InvalidArgumentError('Expected a number of seconds, such as 5.');
}

async function bench(path: string | undefined, options: BenchOptions, signal: AbortSignal): Promise<void> {
  const config = await loadDataConfig(path, options, 'cl-data bench FOLDER');
  await relaunchWithEnvironment();
  const { printDataBench } = await import('../run/data/data-bench-text.ts');
  const { seconds, step = false, json = false, quiet = false } = options;
  await printDataBench(config, { seconds, step, json, quiet, signal });
}

/** Adds `cl-data bench`. */
export function addBench(program: Command, signal: AbortSignal): void {
  const command = program
    .command('bench')
    .description('Times reading, decoding, cropping and views, and says what would help.')
    .argument('[path]', 'images: a folder, archive or other file (datasets.md); left out with --config')
    .option('--seconds <n>', 'seconds for each stage', toSeconds, 5)
    .option('--step', 'time training steps too, and say whether they would wait for data')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', EXAMPLES)
    .action((path: string | undefined, options: BenchOptions) => bench(path, options, signal));
  addDataOptions(command);
}
