import { basename, extname } from 'node:path';
import { type Command, Option } from '@commander-js/extra-typings';
import { RECIPE_NAMES, type RecipeName } from '../config/recipes.ts';
import type { RunConfig } from '../config/run-config.ts';
import type { PreviewPart } from '../run/preview/preview.ts';
import { helpNotes } from './create-command.ts';
import { IMAGES_CONFIG, IMAGES_SET, loadConfigAndRelaunch } from './image-options.ts';
import { DEVICE, flag, offering, QUIET, repeatable, setting, VERBOSE, wholeNumber } from './option-kinds.ts';
import { parseName } from './parse-value.ts';

const EXAMPLES = `
Examples:
  cl-data preview FOLDER --config simclr-imagenet100.yaml
  cl-data preview FOLDER --recipe byol --set seed=1 --output byol.png
  cl-data preview cifar-10-binary.tar.gz --all-recipes --images 2`;

/** A configuration with the views of a recipe and nothing else. */
async function withRecipe(config: RunConfig, recipe: RecipeName): Promise<PreviewPart> {
  const { bareConfig } = await import('../config/load.ts');
  const given = { 'views.recipe': recipe, 'data.path': config.data.path };
  const { views } = bareConfig(Object.entries(given).map(([key, text]) => ({ label: '--recipe', key, text })));
  return { title: recipe, config: { ...config, views } };
}

/** The parts of the sheet: one a recipe, or the views of the configuration, which `file` holds. */
async function partsOf(
  config: RunConfig,
  recipes: readonly RecipeName[],
  file: string | undefined,
): Promise<[PreviewPart, ...PreviewPart[]]> {
  const [first, ...others] = await Promise.all(recipes.map((recipe) => withRecipe(config, recipe)));
  if (first !== undefined) return [first, ...others];
  const name = file === undefined ? 'default views' : basename(file, extname(file));
  const { recipe } = config.views;
  return [{ title: recipe === undefined ? name : `${name} (recipe ${recipe})`, config }];
}

/** Adds `cl-data preview`. */
export function addPreview(program: Command, signal: AbortSignal): void {
  program
    .command('preview')
    .description('Draws a contact sheet: images and the views that training makes of them.')
    .argument('[path]', 'images: a folder, archive or other file (datasets.md)')
    .addOption(new Option('-o, --output <file>', 'picture to write: .png, .jpg or .webp').default('preview.png'))
    .addOption(flag('--overwrite', 'replace the file if it exists'))
    .addOption(wholeNumber('--images <n>', 'the first n training images of the epoch, where none is bad').default(6))
    .addOption(wholeNumber('--views <n>', 'large views of each image, two an epoch').default(4))
    .addOption(wholeNumber('--epoch <n>', 'the first epoch shown', 0).default(0))
    .addOption(setting('--seed <n>', 'seed'))
    .addOption(DEVICE)
    .addOption(
      offering(
        { names: RECIPE_NAMES },
        repeatable(
          '--recipe <name>',
          "views of a published recipe instead of the configuration's; repeatable",
          (text) => parseName('--recipe', text, RECIPE_NAMES),
        ),
      ),
    )
    .addOption(flag('--all-recipes', 'views of every published recipe').conflicts('recipe'))
    .addOption(IMAGES_CONFIG)
    .addOption(IMAGES_SET)
    .addOption(QUIET)
    .addOption(VERBOSE)
    .addHelpText('after', helpNotes(EXAMPLES))
    .action(async (path, options) => {
      const config = await loadConfigAndRelaunch(path, options, 'cl-data preview FOLDER', signal);
      const parts = await partsOf(config, options.allRecipes ? RECIPE_NAMES : options.recipe, options.config);
      const { preview } = await import('../run/preview/preview.ts');
      await preview(parts, { ...options, signal });
    });
}
