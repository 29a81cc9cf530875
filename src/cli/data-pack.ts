import { type Command, Option } from 'commander';
import { UserError } from '../util/errors.ts';
import { addDataOptions, type DataOptions, loadDataConfig } from './data-options.ts';

interface PackOptions extends DataOptions {
  readonly split?: string;
  readonly dryRun?: true;
  readonly json?: true;
}

const EXAMPLES = `
Examples:
  cl-data pack imagenet imagenet-256 --dry-run`;

async function pack(places: readonly string[], options: PackOptions): Promise<void> {
  const [path] = options.config === undefined || places.length > 1 ? places : [];
  const config = await loadDataConfig(path, options, 'cl-data pack FOLDER OUT');
  if (!options.dryRun) throw new UserError('expected --dry-run: packing itself is not there yet', { exitCode: 2 });
  const { planPack } = await import('../run/pack-plan.ts');
  process.stdout.write(await planPack(config, options.split?.split(',')));
}

/** Adds `cl-data pack`. */
export function addPack(program: Command, _signal: AbortSignal): void {
  const command = program
    .command('pack')
    .description('Packs images, resized, into tar shards that are read fast.')
    .argument('[path]', 'images: a folder, archive or other file (datasets.md); left out with --config')
    .argument('[out]', 'new folder for the shards')
    .addOption(
      new Option('--split <names>', 'splits to pack, with commas (default: train, and test where there is one)'),
    )
    .option('-n, --dry-run', 'print what would be packed and stop')
    .addHelpText('after', EXAMPLES)
    .action((path: string | undefined, out: string | undefined, options: PackOptions) =>
      pack(
        [path, out].filter((place) => place !== undefined),
        options,
      ),
    );
  addDataOptions(command);
}
