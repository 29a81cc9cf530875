import { posix } from 'node:path';
import { shellWord } from '../../util/shell-word.ts';
import type { FileTree } from '../files/file-tree.ts';
import type { LabelValue } from '../files/label-files.ts';

/** An image of a shard. */
export interface ShardSample {
  readonly shard: FileTree;
  /** The shard's name, '' where there is only one archive. */
  readonly shardName: string;
  readonly path: string;
  readonly label: LabelValue | undefined;
}

/** The samples of shards, and what was decided where keys meet. */
export interface ShardSamples {
  readonly samples: readonly ShardSample[];
  /** Images that share a key with one that was taken. */
  readonly leftOut: readonly ShardSample[];
  /** Images that share a key up to the first dot, and have label files of their own by the last. */
  readonly toldApart: readonly ShardSample[];
}

/** An image's name below its place. */
export const sampleName = ({ shardName, path }: ShardSample): string =>
  shardName === '' ? path : `${shardName}/${path}`;

/** A path up to the first dot of its name: what files of one sample share. */
export function keyOf(path: string): string {
  const dot = path.indexOf('.', path.lastIndexOf('/') + 1);
  return dot === -1 ? path : path.slice(0, dot);
}

/** A path up to the last dot of its name. */
const stemOf = (path: string): string => path.slice(0, path.length - posix.extname(path).length);

/** The files with one key. */
interface Group {
  readonly images: string[];
  /** Made anew for each one more: an array that grows keeps places for sixteen. */
  labels: readonly (readonly [path: string, label: LabelValue])[];
}

/** What stands between the key and the last dot: `fine` of `a.fine.cls`, '' of `a.cls`. */
const middleOf = (path: string): string => stemOf(path).slice(keyOf(path).length + 1);

/** Label files in the order in which they count: the one whose name holds the chosen field, `.cls`, others. */
function rankOf(path: string, field: string | undefined): number {
  const isClass = /\.cls$/i.test(path);
  return isClass && field !== undefined && middleOf(path) === field ? 0 : isClass ? 1 : 2;
}

function groupByKey({ images, labels }: FileTree, field: string | undefined): Map<string, Group> {
  const groups = new Map<string, Group>();
  for (const path of images) {
    const group = groups.get(keyOf(path));
    if (group === undefined) groups.set(keyOf(path), { images: [path], labels: [] });
    else group.images.push(path);
  }
  const ranked = [...(labels ?? [])].sort(([a], [b]) => rankOf(a, field) - rankOf(b, field));
  for (const label of ranked) {
    const group = groups.get(keyOf(label[0]));
    if (group !== undefined) group.labels = [...group.labels, label];
  }
  return groups;
}

/** Whether some image has a label file with its key; other files with such names say nothing. */
export function hasLabels(shard: FileTree): boolean {
  if (shard.labels === undefined || shard.labels.size === 0) return false;
  const keys = new Set(shard.images.map(keyOf));
  return [...shard.labels.keys()].some((path) => keys.has(keyOf(path)));
}

/**
 * Whether images of a group are samples of their own, by dots in their names: `plate_0.05mm.jpg` with
 * `plate_0.05mm.cls` beside `plate_0.15mm.jpg`.
 */
function isSeveral({ images, labels }: Group, key: string): boolean {
  if (images.length < 2) return false;
  const stems = new Set(images.map(stemOf));
  return labels.some(([path]) => stemOf(path) !== key && stems.has(stemOf(path)));
}

/** Of images of one sample, such as `a.jpg` and `a.mask.png`, the first with a single extension, or the first. */
const chooseImage = (images: readonly string[], key: string): string =>
  images.find((path) => stemOf(path) === key) ?? (images[0] as string);

/**
 * The label of a sample's only image, and why there is none. A file such as `a.info.json` is of sample a, unless it
 * may be another image's that is gone: where names hold dots or begin so behind one, or where other images have the
 * same between their dots.
 */
function labelOfOne(
  { labels }: Group,
  key: string,
  image: string,
  { field, hasDots, middles }: { field: string | undefined; hasDots: boolean; middles: ReadonlySet<string> },
): LabelValue | undefined {
  const chosen = labels.find(([path]) => field !== undefined && rankOf(path, field) === 0);
  const own = labels.find(([path]) => stemOf(path) === stemOf(image)) ?? labels.find(([path]) => stemOf(path) === key);
  const found = chosen ?? own;
  if (found !== undefined) return found[1];
  const [first] = labels;
  if (first === undefined) return undefined;
  const rest = labels.map(([path]) => middleOf(path));
  if (hasDots || stemOf(image) !== key || rest.some((middle) => /^\d/.test(middle) || middles.has(middle))) {
    return { unreadable: `has no label file of its own (${posix.basename(first[0])} names another image)` };
  }
  if (labels.length === 1) return first[1];
  const listed = labels.map(([path]) => posix.basename(path)).slice(0, 3);
  const way = /\.cls$/i.test(first[0]) ? `; choose one: --set data.labelField=${shellWord(rest.at(-1) as string)}` : '';
  return { unreadable: `has several label files (${listed.join(', ')}${labels.length > 3 ? ', ...' : ''}${way})` };
}

/**
 * The images of shards with their labels. Files with one key up to the first dot are one sample, as in `webdataset`, of
 * which one image is taken; but where several images of a key have label files of their own by the last dot, each is a
 * sample with its own label. An image never gets a label file that names another.
 *
 * @param field the field that was chosen for labels: of `a.fine.cls` it is `fine`.
 */
export function findSamples(
  shards: readonly (readonly [name: string, shard: FileTree])[],
  field?: string | undefined,
): ShardSamples {
  if (!shards.some(([, shard]) => hasLabels(shard))) {
    const samples = shards.flatMap(([shardName, shard]) =>
      shard.images.map((path) => ({ shard, shardName, path, label: undefined })),
    );
    return { samples, leftOut: [], toldApart: [] };
  }
  const grouped = shards.map(([name, shard]) => [name, shard, groupByKey(shard, field)] as const);
  const hasDots = grouped.some(([, , groups]) => [...groups].some(([key, group]) => isSeveral(group, key)));
  const middles = new Set(shards.flatMap(([, { images }]) => images.map(middleOf)));
  const found = { samples: [] as ShardSample[], leftOut: [] as ShardSample[], toldApart: [] as ShardSample[] };
  for (const [shardName, shard, groups] of grouped) {
    for (const [key, group] of groups) {
      const { images, labels } = group;
      const take = (candidates: readonly string[], image: string, label: LabelValue | undefined): ShardSample => {
        const sample = { shard, shardName, path: image, label };
        found.samples.push(sample);
        for (const path of candidates) if (path !== image) found.leftOut.push({ ...sample, path });
        return sample;
      };
      if (isSeveral(group, key)) {
        for (const stem of new Set(images.map(stemOf))) {
          const same = images.filter((path) => stemOf(path) === stem);
          const own = labels.find(([path]) => stemOf(path) === stem)?.[1];
          found.toldApart.push(take(same, same[0] as string, own));
        }
      } else {
        const image = chooseImage(images, key);
        take(images, image, labelOfOne(group, key, image, { field, hasDots, middles }));
      }
    }
  }
  return found;
}
