import type { Command } from '@commander-js/extra-typings';
import { IMAGES_CONFIG, IMAGES_SET, loadConfigAndRelaunch } from './image-options.ts';
import { flag, JSON_FILE, JSON_RESULT, QUIET, VERBOSE, wholeNumber } from './option-kinds.ts';

/** Adds `cl-data inspect`. */
export function addInspect(program: Command, signal: AbortSignal): void {
  program
    .command('inspect')
    .description('Decodes all images and says what they are: classes, sizes, bad and duplicate ones, mean and std.')
    .argument('[path]', 'images: a folder, archive or other file (datasets.md)')
    .addOption(wholeNumber('--sample <n>', 'look at n images of each split, spread evenly, instead of all'))
    .addOption(JSON_RESULT)
    .addOption(JSON_FILE)
    .addOption(flag('--strict', 'exit with 1 where images are bad, or test images are among those of training'))
    .addOption(IMAGES_CONFIG)
    .addOption(IMAGES_SET)
    .addOption(QUIET)
    .addOption(VERBOSE)
    .action(async (path, options) => {
      const config = await loadConfigAndRelaunch(path, options, 'cl-data inspect FOLDER', signal);
      const { inspect } = await import('../run/inspect/inspect.ts');
      const { data, views } = config;
      await inspect({ data, viewSize: views.size }, { ...options, signal });
    });
}
