import { formatCount, formatPlural } from '../../util/format-count.ts';
import type { FileTree } from '../files/file-tree.ts';
import type { Manifest } from '../files/pack-manifest.ts';

/** Archives that may be shards, by their names. */
export const SHARD: RegExp = /\.(tar|tgz|tar\.gz|zip)$/i;
const ZIP = /\.zip$/i;

/** An open archive with its path below the place, '' where there is only one. */
export type NamedShard = readonly [name: string, shard: FileTree];

/** A count of things with an example, where there are any: "3 images <what>, such as 0.tar/a.png". */
export function tell(names: readonly string[], one: string, many: string, what: string): string[] {
  const [first] = names;
  if (first === undefined) return [];
  return [`${formatPlural(names.length, one, many)} ${what}, such as ${first}`];
}

/** What the archives with these names are, together. */
export function kindOf(names: readonly string[]): 'tar shards' | 'zip archives' | 'archives' {
  const zips = names.filter((name) => ZIP.test(name)).length;
  return zips === 0 ? 'tar shards' : zips === names.length ? 'zip archives' : 'archives';
}

/** What a set of shards is and lacks, beside the images. */
export function describeShards(shards: readonly NamedShard[], manifest: Manifest | undefined): string[] {
  const isTar = kindOf(shards.map(([name]) => name)) === 'tar shards';
  const empty = shards.filter(([, { images }]) => images.length === 0).map(([name]) => name);
  const refused = shards.flatMap(([name, shard]) => shard.refused.map((entry) => `${name}/${entry}`));
  return [
    ...(shards.length > 1 ? [`${formatCount(shards.length)} ${isTar ? 'shards' : 'archives'}`] : []),
    ...tell(empty, 'of them', 'of them', 'without images'),
    ...(manifest?.isComplete === false ? ['packing them is not finished'] : []),
    ...tell(refused, 'entry', 'entries', 'left out'),
  ];
}
