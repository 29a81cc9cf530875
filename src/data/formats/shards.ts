import pLimit from 'p-limit';
import { UserError } from '../../util/errors.ts';
import { type Archive, openArchive } from '../files/archive.ts';
import { excludeFrom } from '../files/exclusion.ts';
import type { FileTree, OpenOptions } from '../files/file-tree.ts';
import { type Manifest, manifestOfShards } from '../files/pack-manifest.ts';
import { topFolder, unwrap } from '../sources/class-folders.ts';
import { type Collection, collectionOf } from '../sources/collection.ts';
import type { ImageSource } from '../sources/image-source.ts';
import { type Labels, numberLabels } from '../sources/labels.ts';
import { findSplits } from '../sources/split-folders.ts';
import { splitOf } from '../sources/splits.ts';

const SHARD = /\.(tar|tgz|tar\.gz)$/i;

/** Open files; more shards are opened anew for each image. */
const MOST_OPEN = 128;

/** An image of a shard. */
interface ShardSample {
  readonly shard: FileTree;
  /** The shard's name, '' where there is only one archive. */
  readonly shardName: string;
  readonly path: string;
  readonly label: string | undefined;
}

/** A path without its extensions: what files of one sample share. */
function keyOf(path: string): string {
  const dot = path.indexOf('.', path.lastIndexOf('/') + 1);
  return dot === -1 ? path : path.slice(0, dot);
}

/** Of several images with one key, such as `a.jpg` and `a.mask.png`, the one with a single extension. */
function chooseImages(paths: readonly string[]): string[] {
  const byKey = new Map<string, string>();
  for (const path of paths) {
    const key = keyOf(path);
    const isPlain = path.lastIndexOf('.') === key.length;
    if (isPlain || !byKey.has(key)) byKey.set(key, path);
  }
  return [...byKey.values()];
}

function samplesOf(shard: FileTree, shardName: string, isLabelled: boolean): ShardSample[] {
  if (!isLabelled) return shard.images.map((path) => ({ shard, shardName, path, label: undefined }));
  const labels = new Map<string, string>();
  for (const [path, label] of shard.labels ?? []) {
    // Where both are there, `.cls` is the usual one.
    if (path.endsWith('.cls') || !labels.has(keyOf(path))) labels.set(keyOf(path), label);
  }
  return chooseImages(shard.images).map((path) => ({ shard, shardName, path, label: labels.get(keyOf(path)) }));
}

/** Whether some image has a label file with its key; other files with such names say nothing. */
function hasLabels({ images, labels }: FileTree): boolean {
  if (labels === undefined || labels.size === 0) return false;
  const keys = new Set([...labels.keys()].map(keyOf));
  return images.some((path) => keys.has(keyOf(path)));
}

/** Opens all shards of a folder or a brace range; compressed ones share the memory that there is. */
async function openAll(tree: FileTree, names: readonly string[], options: OpenOptions): Promise<Archive[]> {
  const opened: Archive[] = [];
  let left = options.memoryBytes;
  // Compressed shards go one by one, so that each knows what the others left.
  const limit = pLimit(names.some((name) => !/\.tar$/i.test(name)) ? 1 : 8);
  const shards = await Promise.allSettled(
    names.map((name) =>
      limit(async () => {
        const settings = { ...options, memoryBytes: left, isBrief: names.length > MOST_OPEN };
        const shard = excludeFrom(await openArchive(tree.diskPath(name) as string, settings), options.exclusion);
        left -= shard.heldBytes;
        opened.push(shard);
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
    folder === train || tests.includes(folder) ? splitOf(folder.slice(0, -1)) : (folder.split('/').at(-2) as string);
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

/** Labels out of the first folder, where all images lie in two or more. */
function labelByFolder(samples: readonly ShardSample[]): ShardSample[] {
  const paths = samples.map(({ path }) => path);
  const base = unwrap(paths, '', () => false);
  const folders = paths.map((path) => topFolder(path, base));
  const isClass = !folders.includes(undefined) && new Set(folders).size >= 2;
  return samples.map((sample, i) => ({ ...sample, label: isClass ? folders[i] : undefined }));
}

const nameOf = ({ shardName, path }: ShardSample): string => (shardName === '' ? path : `${shardName}/${path}`);

/** Labels that are indices of known classes; otherwise their values are the classes. */
function labelsOf(samples: readonly ShardSample[], classes: readonly string[]): Labels {
  const isIndex = ({ label = '' }: ShardSample): boolean => /^\d{1,9}$/.test(label) && Number(label) < classes.length;
  return samples.every(isIndex)
    ? { labels: Int32Array.from(samples, ({ label }) => Number(label)), classes }
    : numberLabels(
        samples.map(({ label }) => label),
        (index) => nameOf(samples[index] as ShardSample),
      );
}

function sourceOf(samples: readonly ShardSample[], classes: readonly string[]): ImageSource {
  const at = (index: number): ShardSample => samples[index] as ShardSample;
  return {
    kind: 'tar shards',
    count: samples.length,
    ...labelsOf(samples, classes),
    name: (index) => nameOf(at(index)),
    origin: (index) => at(index).shard.where,
    read: async (index) => at(index).shard.read(at(index).path),
  };
}

/** Packed images in the order that they had before: their keys are their numbers. */
function inSourceOrder(samples: readonly ShardSample[]): ShardSample[] {
  const numbered = samples.map((sample) => ({ sample, number: Number(keyOf(sample.path)) }));
  return numbered.sort((a, b) => a.number - b.number).map(({ sample }) => sample);
}

function collect(
  shards: readonly (readonly [name: string, shard: FileTree])[],
  manifest: Manifest | undefined,
  labelField: string | undefined,
  files: readonly string[],
): Omit<Collection, 'close'> | undefined {
  const classes = labelField === undefined ? (manifest?.classes ?? []) : [];
  const isLabelled = shards.some(([, shard]) => hasLabels(shard));
  const samples = shards.flatMap(([name, shard]) => samplesOf(shard, name, isLabelled));
  if (samples.length === 0) return undefined;
  const sources = [...divide(samples)].map(([split, part]) => {
    const ordered = manifest === undefined ? part : inSourceOrder(part);
    return [split, sourceOf(isLabelled ? ordered : labelByFolder(ordered), classes)] as const;
  });
  const refused = shards.flatMap(([, shard]) => shard.refused);
  return collectionOf(sources, files, [
    ...(shards.length > 1 ? [`${shards.length} shards`] : []),
    ...(manifest?.isComplete === false ? ['packing them is not finished'] : []),
    ...(refused.length > 0
      ? [`${refused.length} ${refused.length === 1 ? 'entry' : 'entries'} left out, such as ${refused[0]}`]
      : []),
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
    const collection = hasLabels(tree)
      ? collect([['', tree]], await manifestOfShards([tree.where]), options.labelField, [
          ...tree.images,
          ...(tree.labels?.keys() ?? []),
        ])
      : undefined;
    // What was left out of a single archive is told with its files.
    return collection && { ...collection, notes: [] };
  }
  const names = tree.others.filter((path) => SHARD.test(path));
  // A single file of the name would have been opened as an archive if it were one.
  const isOne = tree.kind === 'file' && names.length === 1;
  if (names.length === 0 || tree.images.length > 0 || isOne) return undefined;
  const shards = await openAll(tree, names, options);
  const close = async (): Promise<void> => {
    await Promise.all(shards.map((shard) => shard.close()));
  };
  const manifest = await manifestOfShards(names.map((name) => tree.diskPath(name) as string));
  const collection = collect(
    shards.map((shard, i) => [names[i] as string, shard]),
    manifest,
    options.labelField,
    [...names, 'pack.json'],
  );
  if (collection !== undefined) return { ...collection, close };
  await close();
  throw new UserError(`expected tar shards with images, got ${names.length} without in ${tree.where}`, {
    hint: `To use one of the archives, name it: ${tree.diskPath(names[0] as string)}`,
    exitCode: 2,
  });
}
