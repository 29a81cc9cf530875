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
const stemOf = (path: string): string => path.slice(0, path.lastIndexOf('.'));

/** The files with one key. */
interface Group {
  readonly images: string[];
  readonly labels: [path: string, label: LabelValue][];
}

function groupByKey({ images, labels }: FileTree): Map<string, Group> {
  const groups = new Map<string, Group>();
  for (const path of images) {
    const group = groups.get(keyOf(path));
    if (group === undefined) groups.set(keyOf(path), { images: [path], labels: [] });
    else group.images.push(path);
  }
  const byKind = [...(labels ?? [])].sort(([a], [b]) => Number(/\.cls$/i.test(b)) - Number(/\.cls$/i.test(a)));
  // Where both are there, `.cls` is the usual one, and found first.
  for (const label of byKind) groups.get(keyOf(label[0]))?.labels.push(label);
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
 * The images of shards with their labels. Files with one key up to the first dot are one sample, as in `webdataset`, of
 * which one image is taken; but where several images of a key have label files of their own by the last dot, each is a
 * sample with its own label. An image never gets a label file that names another.
 */
export function findSamples(shards: readonly (readonly [name: string, shard: FileTree])[]): ShardSamples {
  if (!shards.some(([, shard]) => hasLabels(shard))) {
    const samples = shards.flatMap(([shardName, shard]) =>
      shard.images.map((path) => ({ shard, shardName, path, label: undefined })),
    );
    return { samples, leftOut: [], toldApart: [] };
  }
  const grouped = shards.map(([name, shard]) => [name, shard, groupByKey(shard)] as const);
  const hasDots = grouped.some(([, , groups]) => [...groups].some(([key, group]) => isSeveral(group, key)));
  const found = { samples: [] as ShardSample[], leftOut: [] as ShardSample[], toldApart: [] as ShardSample[] };
  for (const [shardName, shard, groups] of grouped) {
    for (const [key, { images, labels }] of groups) {
      const labelOf = (stem: string): LabelValue | undefined => labels.find(([path]) => stemOf(path) === stem)?.[1];
      const take = (candidates: readonly string[], image: string, label: LabelValue | undefined): ShardSample => {
        const sample = { shard, shardName, path: image, label };
        found.samples.push(sample);
        for (const path of candidates) if (path !== image) found.leftOut.push({ ...sample, path });
        return sample;
      };
      if (isSeveral({ images, labels }, key)) {
        for (const stem of new Set(images.map(stemOf))) {
          const same = images.filter((path) => stemOf(path) === stem);
          found.toldApart.push(take(same, same[0] as string, labelOf(stem)));
        }
      } else {
        const image = chooseImage(images, key);
        const own = labelOf(stemOf(image)) ?? labelOf(key);
        // A file such as `a.info.json` is of sample a, unless names hold dots here: it may be another image's.
        take(images, image, own ?? (hasDots ? undefined : labels[0]?.[1]));
      }
    }
  }
  return found;
}
