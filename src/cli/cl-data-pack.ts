import { type Command, InvalidArgumentError, Option } from 'commander';
import type { PackSettings } from '../data/pack/pack-settings.ts';
import { UserError } from '../util/errors.ts';
import { addDataOptions, type DataOptions, loadDataConfig } from './data-options.ts';
import { relaunchWithEnvironment } from './relaunch.ts';

interface PackOptions extends DataOptions {
  readonly size: number;
  readonly format: PackSettings['format'];
  readonly quality: number;
  readonly shardBytes: string;
  readonly split?: string;
  readonly seed: number;
  readonly shuffle: boolean;
  readonly names?: true;
  readonly verify?: true;
  readonly dryRun?: true;
  readonly json?: true;
}

const USAGE = 'cl-data pack FOLDER OUT';

const NOTES = `
The shards are WebDataset's: 000001.jpg with 000001.cls, the number of its class. Classes' names, checksums and what was left
out are in pack.json beside them. Large images shrink to --size, none grows; JPEG files that are small enough are copied.
What was stopped (Ctrl-C, kill, a full disk) goes on when the same command is run again; the bytes are the same.

Examples:
  cl-data pack imagenet imagenet-256 --dry-run
  cl-data pack imagenet imagenet-256
  cl-data pack cifar10 cifar10-raw --format raw
  cl-data pack --verify imagenet-256
  cl-train --config simclr-imagenet.yaml --data imagenet-256`;

function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`Expected a whole number from ${least} to ${most}.`);
  };
}

async function pack(places: readonly string[], options: PackOptions, signal: AbortSignal): Promise<void> {
  const json = options.json === true;
  const quiet = options.quiet === true;
  const verify = options.verify === true;
  const [first, second] = places;
  if (verify && first !== undefined && second === undefined && options.config === undefined) {
    const { verifyPack } = await import('../run/data/verify-pack.ts');
    return verifyPack(first, { json, quiet, signal });
  }
  const isPathGiven = second !== undefined || options.config === undefined;
  const out = isPathGiven ? second : first;
  const config = await loadDataConfig(isPathGiven ? first : undefined, options, USAGE);
  if (out === undefined) {
    throw new UserError('expected a folder for the shards, got none', { exitCode: 2, hint: `for example ${USAGE}` });
  }
  const { parseBytes } = await import('../util/parse-bytes.ts');
  const shardBytes = parseBytes(options.shardBytes);
  if (!(shardBytes > 0)) {
    throw new UserError(`--shard-bytes: expected a size such as 500MB, got "${options.shardBytes}"`, { exitCode: 2 });
  }
  await relaunchWithEnvironment();
  const { packImages } = await import('../run/data/pack.ts');
  await packImages(config, {
    out,
    settings: {
      size: options.size,
      format: options.format,
      quality: options.quality,
      shardBytes,
      shuffleSeed: options.shuffle ? options.seed : undefined,
      hasNames: options.names === true,
    },
    splits: options.split?.split(','),
    verify,
    dryRun: options.dryRun === true,
    json,
    quiet,
    signal,
  });
}

/** Adds `cl-data pack`. */
export function addPack(program: Command, signal: AbortSignal): void {
  const command = program
    .command('pack')
    .description('Packs images, resized, into tar shards: read fast, by this tool and by WebDataset.')
    .argument('[path]', 'images: a folder, archive or other file (datasets.md); left out with --config')
    .argument('[out]', 'folder for the shards, new or of a pack that is to go on')
    .option('--size <pixels>', 'short side to which larger images shrink', wholeNumber(1, 16_384), 256)
    .addOption(
      new Option('--format <name>', 'jpeg, or raw pixels (PPM): exact, and larger')
        .choices(['jpeg', 'raw'])
        .default('jpeg'),
    )
    .option('--quality <n>', 'of JPEG', wholeNumber(1, 100), 95)
    .option('--shard-bytes <size>', 'most bytes of a shard', '500MB')
    .option('--split <names>', 'splits to pack, with commas (default: train, and test where there is one)')
    .option('--seed <n>', 'seed of the order inside the shards', wholeNumber(0, Number.MAX_SAFE_INTEGER), 0)
    .option('--no-shuffle', 'keep the order of the images, for sources that are slow to read out of order')
    .option('--names', 'add a .json file to each image, with its name and class')
    .option('--verify', 'compare the checksums of all finished shards; with OUT alone, nothing else')
    .option('-n, --dry-run', 'print how many images there are and about how large the shards will be, and stop')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', NOTES)
    .action((path: string | undefined, out: string | undefined, options: PackOptions) => {
      const places = [path, out].filter((place) => place !== undefined);
      return pack(places, options, signal);
    });
  addDataOptions(command);
}
