import { dirname, join, posix } from 'node:path';
import pLimit from 'p-limit';
import { openArchive } from '../files/archive.ts';
import type { Archive } from '../files/archive-tree.ts';
import { requireListable } from '../files/entry-count.ts';
import { excludeFrom } from '../files/exclusion.ts';
import type { FileTree, OpenOptions } from '../files/file-tree.ts';
import { isLabelPath } from '../files/label-files.ts';
import { MANIFEST, type Manifest, manifestOfShards } from '../files/pack-manifest.ts';
import { type Collection, collectionOf } from '../sources/collection.ts';
import type { ImageSource } from '../sources/image-source.ts';
import { type Labels, withoutLabels } from '../sources/labels.ts';
import { noImages } from '../sources/no-images.ts';
import { findSplits } from '../sources/split-folders.ts';
import { splitOf } from '../sources/splits.ts';
import { foreignHint } from './foreign-files.ts';
import { pythonHint } from './python-files.ts';
import { findUnread, whyUnlabelled } from './shard-label-hints.ts';
import { labelByFolder, labelsOfSamples, requireLabels } from './shard-labels.ts';
import { describeShards, kindOf, type NamedShard, SHARD, tell } from './shard-notes.ts';
import { findSamples, hasLabels, keyOf, type ShardSample, sampleName } from './shard-samples.ts';
import { chooseShards, findUnpacked } from './shard-sets.ts';
import { unreadHint } from './unread-hint.ts';

/** Open files; more shards are opened anew for each image. */
const MOST_OPEN = 128;

/** Opens all shards of a folder or a brace range; compressed ones share the memory that there is. */
async function openAll(tree: FileTree, names: readonly string[], options: OpenOptions): Promise<Archive[]> {
  const opened: Archive[] = [];
  let left = options.memoryBytes;
  let listed = 0;
  // Compressed shards go one by one, so that each knows what the others left.
  const limit = pLimit(names.every((name) => /\.(tar|zip)$/i.test(name)) ? 8 : 1);
  const shards = await Promise.allSettled(
    names.map((name) =>
      limit(async () => {
        const settings = { ...options, memoryBytes: left, isBrief: names.length > MOST_OPEN };
        const shard = excludeFrom(await openArchive(tree.diskPath(name) as string, settings), options.exclusion);
        left -= shard.heldBytes;
        opened.push(shard);
        listed += shard.images.length + shard.others.length + shard.refused.length;
        requireListable(listed, options.memoryBytes, tree.where);
        return shard;
      }),
    ),
  );
  const failed = shards.find((shard) => shard.status === 'rejected');
  if (failed === undefined) return shards.map((shard) => (shard as PromiseFulfilledResult<Archive>).value);
  await Promise.all(opened.map((shard) => shard.close()));
  throw failed.reason;
}

/** Samples by split: of the shards' names, or else of the folders inside. */
function divide(samples: readonly ShardSample[]): Map<string, ShardSample[]> {
  const isNamed = samples.some(({ shardName }) => splitOf(shardName) !== '');
  const { train, tests, prefixes } = findSplits(isNamed ? [] : samples.map(({ path }) => path));
  const nameOfFolder = (folder: string): string =>
    folder === train || tests.includes(folder) ? splitOf(folder.slice(0, -1)) : posix.basename(folder);
  const bySplit = new Map<string, ShardSample[]>();
  for (const sample of samples) {
    const { path, shardName } = sample;
    const folder = prefixes.find((prefix) => path.startsWith(prefix));
    const split = isNamed ? splitOf(shardName) : folder === undefined ? '' : nameOfFolder(folder);
    const others = bySplit.get(split);
    if (others === undefined) bySplit.set(split, [sample]);
    else others.push(sample);
  }
  return bySplit;
}

function sourceOf(samples: readonly ShardSample[], labels: Labels, kind: string): ImageSource {
  const at = (index: number): ShardSample => samples[index] as ShardSample;
  return {
    kind,
    count: samples.length,
    ...labels,
    name: (index) => sampleName(at(index)),
    origin: (index) => at(index).shard.where,
    read: async (index) => at(index).shard.read(at(index).path),
  };
}

/** Packed images in the order that they had before: their keys are their numbers. */
function inSourceOrder(samples: readonly ShardSample[]): ShardSample[] {
  const numbered = samples.map((sample) => ({ sample, number: Number(keyOf(sample.path)) }));
  return numbered.sort((a, b) => a.number - b.number).map(({ sample }) => sample);
}

/** Files that may hold images in an archive that is opened alone. */
const KNOWN = /\.(bin|csv|tsv|jsonl|ndjson|npy|npz|parquet)$|ubyte(\.gz)?$/i;

/** What to do where shards hold no images: what lies beside them or in them may be known. */
function hintFor(tree: FileTree, shards: readonly FileTree[]): string | undefined {
  const known = shards.find(({ others }) => others.some((path) => KNOWN.test(path)));
  if (known !== undefined) return `To use one of the archives, name it: ${known.where}`;
  const [inside] = shards.flatMap((shard) => unreadHint(shard) ?? []);
  return pythonHint(tree) ?? inside ?? foreignHint(tree) ?? 'Name the folder or archive that holds the images.';
}

/** The collection in shards, and the images that it takes; undefined without images. */
function collect(
  shards: readonly NamedShard[],
  manifest: Manifest | undefined,
  { labelField, labels }: OpenOptions,
  tree: FileTree,
  files: readonly string[],
  notes: readonly string[],
): Collection | undefined {
  const where = shards[0]?.[1].where ?? '';
  const classes = labelField === undefined ? (manifest?.classes ?? []) : [];
  const isLabelled = shards.some(([, shard]) => hasLabels(shard));
  const { samples, leftOut, toldApart } = findSamples(shards, labelField);
  if (samples.length === 0) return undefined;
  if (labels !== 'none') requireLabels(samples, labelField, where);
  const kind = kindOf(shards.map(([name]) => name));
  const sources = [...divide(samples)].map(([split, part]) => {
    const ordered = manifest === undefined ? part : inSourceOrder(part);
    const found = labelsOfSamples(isLabelled ? ordered : labelByFolder(ordered), classes);
    const isTold = isLabelled || labels === 'none' || found.labels !== undefined || found.unlabelled !== undefined;
    const why = isTold ? undefined : whyUnlabelled(shards, tree);
    return [split, sourceOf(ordered, why === undefined ? found : withoutLabels(why), kind)] as const;
  });
  return collectionOf(sources, files, [
    ...notes,
    ...tell(tree.kind === 'archive' ? [] : findUnread(shards), 'file', 'files', 'in them not read'),
    ...tell(leftOut.map(sampleName), 'image', 'images', 'left out for another one with the same key'),
    ...tell(
      toldApart.map(sampleName),
      'image',
      'images',
      'told apart by the last dot of their names (webdataset reads them as one sample)',
    ),
  ]);
}

/**
 * Tar shards in WebDataset's convention, named by a brace range or by their folder: files of one sample have one key,
 * `000001.jpg` and `000001.cls` or `.json`. Without label files, folders inside the shards are classes.
 *
 * Beside shards of `cl-data pack`, its manifest names the classes, and the images have the order that they were packed
 * from.
 *
 * Images are read in place by an index of offsets. A single archive is taken as a shard only if it has label files.
 *
 * https://github.com/webdataset/webdataset
 *
 * @throws UserError (exit code 2) for a damaged shard, shards without images, or compressed ones beyond the memory.
 */
export async function openShards(tree: FileTree, options: OpenOptions): Promise<Collection | undefined> {
  if (tree.kind === 'archive') {
    // What was refused in a single archive is told with its files.
    return hasLabels(tree) || (options.labelField !== undefined && tree.others.some(isLabelPath))
      ? collect(
          [['', tree]],
          await manifestOfShards([tree.where]),
          options,
          tree,
          [...tree.images, ...(tree.labels?.keys() ?? [])],
          [],
        )
      : undefined;
  }
  const names = tree.others.filter((path) => SHARD.test(path));
  // A single file of the name would have been opened as an archive if it were one.
  const isOne = tree.kind === 'file' && names.length === 1;
  if (names.length === 0 || isOne) return undefined;
  const unpacked = await findUnpacked(tree, names);
  const opened = names.filter((name) => !unpacked.has(name));
  const shards = await openAll(tree, opened, options);
  const close = async (): Promise<void> => {
    await Promise.all(shards.map((shard) => shard.close()));
  };
  let collection: Collection | undefined;
  try {
    const named = shards.map((shard, i): NamedShard => [opened[i] as string, shard]);
    const { kept, notes } = await chooseShards(named, unpacked, tree);
    const manifest = await manifestOfShards(kept.map(([name]) => tree.diskPath(name) as string));
    const files = [...names, ...(manifest === undefined ? [] : [join(dirname(names[0] as string), MANIFEST)])];
    collection = collect(kept, manifest, options, tree, files, [...describeShards(kept, manifest), ...notes]);
  } catch (error) {
    await close();
    throw error;
  }
  if (collection !== undefined) return { ...collection, close };
  await close();
  throw noImages(
    `expected ${kindOf(names)} with images, got ${names.length} without in ${tree.where}`,
    hintFor(tree, shards),
  );
}
