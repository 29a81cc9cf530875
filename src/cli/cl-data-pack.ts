import { type Command, Option } from '@commander-js/extra-typings';
import { UserError } from '../util/errors.ts';
import { parseBytes } from '../util/parse-bytes.ts';
import { helpNotes, type OptionsOf } from './create-command.ts';
import { IMAGES_CONFIG, IMAGES_SET, loadConfigAndRelaunch } from './image-options.ts';
import { choice, flag, JSON_RESULT, QUIET, VERBOSE, wholeNumber } from './option-kinds.ts';
import { wrongValue } from './parse-value.ts';

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

function parseShardBytes(text: string): number {
  const bytes = parseBytes(text);
  if (bytes > 0) return bytes;
  throw wrongValue('--shard-bytes', 'a size such as 500MB', JSON.stringify(text));
}

function definePack(program: Command) {
  return program
    .command('pack')
    .description('Packs images, resized, into tar shards: read fast, by this tool and by WebDataset.')
    .argument('[path]', 'images: a folder, archive or other file (datasets.md); left out with --config')
    .argument('[out]', 'folder for the shards, new or of a pack that is to go on')
    .addOption(wholeNumber('--size <pixels>', 'short side to which larger images shrink', 1, 16_384).default(256))
    .addOption(
      choice('--format <name>', 'jpeg, or raw pixels (PPM): exact, and larger', ['jpeg', 'raw']).default('jpeg'),
    )
    .addOption(wholeNumber('--quality <n>', 'of JPEG', 1, 100).default(95))
    .addOption(
      new Option('--shard-bytes <size>', 'most bytes of a shard').argParser(parseShardBytes).default(500e6, '"500MB"'),
    )
    .addOption(
      new Option(
        '--split <names>',
        'splits to pack, with commas (default: train, and test where there is one)',
      ).argParser((names) => names.split(',')),
    )
    .addOption(wholeNumber('--seed <n>', 'seed of the order inside the shards', 0).default(0))
    .option('--no-shuffle', 'keep the order of the images, for sources that are slow to read out of order')
    .addOption(flag('--names', 'add a .json file to each image, with its name and class'))
    .addOption(flag('--verify', 'compare the checksums of all finished shards; with OUT alone, nothing else'))
    .addOption(
      flag('-n, --dry-run', 'print how many images there are and about how large the shards will be, and stop'),
    )
    .addOption(JSON_RESULT)
    .addOption(IMAGES_CONFIG)
    .addOption(IMAGES_SET)
    .addOption(QUIET)
    .addOption(VERBOSE)
    .addHelpText('after', helpNotes(NOTES));
}

async function pack(
  first: string | undefined,
  second: string | undefined,
  options: OptionsOf<typeof definePack>,
  signal: AbortSignal,
): Promise<void> {
  const isPathGiven = second !== undefined || options.config === undefined;
  if (options.verify && isPathGiven && first !== undefined && second === undefined) {
    const { verifyPack } = await import('../run/pack/verify-pack.ts');
    return verifyPack(first, { ...options, signal });
  }
  const out = isPathGiven ? second : first;
  const config = await loadConfigAndRelaunch(isPathGiven ? first : undefined, options, USAGE, signal);
  if (out === undefined) {
    throw new UserError('expected a folder for the shards, got none', { exitCode: 2, hint: `for example ${USAGE}` });
  }
  const { packImages } = await import('../run/pack/pack.ts');
  const { size, format, quality, shardBytes, shuffle, seed, names } = options;
  await packImages(config.data, {
    ...options,
    out,
    settings: { size, format, quality, shardBytes, shuffleSeed: shuffle ? seed : undefined, hasNames: names },
    splits: options.split,
    signal,
  });
}

/** Adds `cl-data pack`. */
export function addPack(program: Command, signal: AbortSignal): void {
  definePack(program).action((first, second, options) => pack(first, second, options, signal));
}
