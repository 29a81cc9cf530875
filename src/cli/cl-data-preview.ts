import { basename, extname } from 'node:path';
import type { Command } from 'commander';
import { Option } from 'commander';
import { RECIPE_NAMES, type RecipeName } from '../config/recipes.ts';
import type { RunConfig } from '../config/run-config.ts';
import type { PreviewPart } from '../run/data/preview.ts';
import { UserError } from '../util/errors.ts';
import { addDataOptions, type DataOptions, loadDataConfig } from './data-options.ts';
import { collect, parseCount } from './options.ts';
import { relaunchWithEnvironment } from './relaunch.ts';

interface PreviewOptions extends DataOptions {
  readonly recipe?: readonly string[];
  readonly allRecipes?: true;
  readonly images: number;
  readonly views: number;
  readonly epoch: number;
  readonly seed?: string;
  readonly device?: string;
  readonly output: string;
  readonly overwrite?: true;
}

const EXAMPLES = `
Examples:
  cl-data preview --config simclr.yaml
  cl-data preview FOLDER --recipe byol --set seed=1 --output byol.png
  cl-data preview cifar-10-binary.tar.gz --all-recipes --images 2`;

function parseEpoch(text: string): number {
  return text === '0' ? 0 : parseCount('--epoch')(text);
}

/** A configuration with the views of a recipe and nothing else. */
async function withRecipe(config: RunConfig, recipe: RecipeName): Promise<PreviewPart> {
  const { bareConfig } = await import('../config/load.ts');
  const given = { 'views.recipe': recipe, 'data.path': config.data.path };
  const { views } = bareConfig(Object.entries(given).map(([key, text]) => ({ label: '--recipe', key, text })));
  return { title: recipe, config: { ...config, views } };
}

async function partsOf(config: RunConfig, options: PreviewOptions): Promise<[PreviewPart, ...PreviewPart[]]> {
  const names = options.allRecipes ? RECIPE_NAMES : (options.recipe ?? []);
  const parts = await Promise.all(
    names.map((name) => {
      const recipe = RECIPE_NAMES.find((known) => known === name);
      if (recipe !== undefined) return withRecipe(config, recipe);
      throw new UserError(`--recipe: expected ${RECIPE_NAMES.join(', ')}, got ${name}`, { exitCode: 2 });
    }),
  );
  const [first, ...others] = parts;
  if (first !== undefined) return [first, ...others];
  const file = options.config === undefined ? 'default views' : basename(options.config, extname(options.config));
  const { recipe } = config.views;
  return [{ title: recipe === undefined ? file : `${file} (recipe ${recipe})`, config }];
}

async function run(path: string | undefined, options: PreviewOptions, signal: AbortSignal): Promise<void> {
  const set = [
    ...(options.set ?? []),
    ...(options.seed === undefined ? [] : [`seed=${options.seed}`]),
    ...(options.device === undefined ? [] : [`device=${options.device}`]),
  ];
  const config = await loadDataConfig(path, { ...options, set }, 'cl-data preview --config simclr.yaml');
  const parts = await partsOf(config, options);
  await relaunchWithEnvironment();
  const { preview } = await import('../run/data/preview.ts');
  const { images, views, epoch, output } = options;
  await preview(parts, {
    images,
    views,
    epoch,
    output,
    overwrite: options.overwrite === true,
    quiet: options.quiet === true,
    signal,
  });
}

/** Adds `cl-data preview`. */
export function addPreview(program: Command, signal: AbortSignal): void {
  const command = program
    .command('preview')
    .description('Draws a contact sheet (PNG): images and the views that training makes of them.')
    .argument('[path]', 'images: a folder, archive or other file (datasets.md)')
    .option('-o, --output <file>', 'PNG file to write', 'preview.png')
    .option('--overwrite', 'replace the file if it exists')
    .option('--images <n>', 'the first n training images of the epoch', parseCount('--images'), 6)
    .option('--views <n>', 'large views of each image, two an epoch', parseCount('--views'), 4)
    .option('--epoch <n>', 'the first epoch shown', parseEpoch, 0)
    .option('--seed <n>', 'same as --set seed=N')
    .option('--device <name>', 'auto, cpu or gpu, same as --set device=NAME')
    .addOption(
      new Option('--recipe <name>', "views of a published recipe instead of the configuration's; repeatable").argParser(
        collect,
      ),
    )
    .addOption(new Option('--all-recipes', 'views of every published recipe').conflicts('recipe'))
    .addHelpText('after', EXAMPLES)
    .action((path: string | undefined, options: PreviewOptions) => run(path, options, signal));
  addDataOptions(command);
}
