import { type Command, Option } from '@commander-js/extra-typings';
import { helpNotes } from './create-command.ts';
import { IMAGES_CONFIG, IMAGES_SET, loadConfigAndRelaunch } from './image-options.ts';
import { flag, JSON_RESULT, QUIET, VERBOSE } from './option-kinds.ts';
import { wrongValue } from './parse-value.ts';

const EXAMPLES = `
Examples:
  cl-data bench imagenet --set views.recipe=simclr
  cl-data bench FOLDER --config simclr-imagenet100.yaml --step`;

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (seconds > 0 && seconds <= 3600) return seconds;
  throw wrongValue('--seconds', 'more than 0 and at most 3600 seconds, such as 5', text);
}

/** Adds `cl-data bench`. */
export function addBench(program: Command, signal: AbortSignal): void {
  program
    .command('bench')
    .description('Times reading, decoding, cropping and views, and says what would help.')
    .argument('[path]', 'images: a folder, archive or other file (datasets.md); left out with --config')
    .addOption(new Option('--seconds <n>', 'seconds for each stage').argParser(parseSeconds).default(5))
    .addOption(flag('--step', 'time training steps too, and say whether they would wait for data'))
    .addOption(JSON_RESULT)
    .addOption(IMAGES_CONFIG)
    .addOption(IMAGES_SET)
    .addOption(QUIET)
    .addOption(VERBOSE)
    .addHelpText('after', helpNotes(EXAMPLES))
    .action(async (path, options) => {
      const config = await loadConfigAndRelaunch(path, options, 'cl-data bench FOLDER', signal);
      const { printDataBench } = await import('../run/bench/data-bench-text.ts');
      await printDataBench(config, { ...options, signal });
    });
}
