import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { spreadEvenly } from '../../util/spread-evenly.ts';
import type { FileTree } from '../files/file-tree.ts';
import { DecodeProblem } from '../pixels/decode-problem.ts';
import { splitOf } from '../sources/splits.ts';
import { checkParts } from './parquet-parts.ts';
import { type PartName, partName } from './part-name.ts';
import { type NamedShard, SHARD, tell } from './shard-notes.ts';

/** Files of an archive whose content is compared with that of another one with the same names. */
const SOME = 64;

/** Where gzip writes how many bytes there were, modulo 2^32: the last bytes of a file. */
const GZIP_SIZE = 4;

const stemOf = (path: string): string => path.replace(SHARD, '');

async function gzipSize(tree: FileTree, path: string): Promise<number> {
  const bytes = await tree.open(path);
  const tail = Buffer.from(await bytes.readAt(Math.max(0, bytes.size - GZIP_SIZE), GZIP_SIZE));
  await bytes.close();
  return tail.length < GZIP_SIZE ? -1 : tail.readUInt32LE(0);
}

async function sizeOf(tree: FileTree, path: string): Promise<number> {
  const bytes = await tree.open(path);
  await bytes.close();
  return bytes.size;
}

/**
 * The compressed archives that lie unpacked beside themselves, as `gunzip --keep` leaves them: of the same name and as
 * long as they say. They need not be unpacked to be left out.
 */
export async function findUnpacked(tree: FileTree, names: readonly string[]): Promise<Set<string>> {
  const plain = new Map(names.flatMap((name) => (/\.tar$/i.test(name) ? [[stemOf(name), name] as const] : [])));
  const found = new Set<string>();
  for (const name of tree.kind === 'file' ? [] : names) {
    const other = plain.get(stemOf(name));
    if (other === undefined || !/z$/i.test(name)) continue;
    if ((await sizeOf(tree, other)) % 2 ** 32 === (await gzipSize(tree, name))) found.add(name);
  }
  return found;
}

/** What an archive holds, for comparing: its names, and the content of some files; undefined where that is empty. */
async function fingerprint({ images, others, read }: FileTree): Promise<string | undefined> {
  const files = [...images, ...others];
  const hash = createHash('sha256').update(JSON.stringify(files));
  let size = 0;
  for (const index of spreadEvenly(files.length, SOME)) {
    try {
      const content = await read(files[index] as string);
      size += content.length;
      hash.update(`${content.length}:`).update(content);
    } catch (error) {
      if (!(error instanceof DecodeProblem)) throw error;
      return undefined;
    }
  }
  return size === 0 ? undefined : hash.digest('hex');
}

/** Archives that are read in place come before those that take memory, and short names before those of copies. */
function compareForms([a]: NamedShard, [b]: NamedShard): number {
  const rank = (name: string): number => (/\.tar$/i.test(name) ? 0 : /\.zip$/i.test(name) ? 1 : 2);
  return rank(a) - rank(b) || a.length - b.length;
}

/** The archives of one split that hold the same as another one. */
async function findCopies(shards: readonly NamedShard[]): Promise<Set<string>> {
  const groups = new Map<string, NamedShard[]>();
  for (const shard of [...shards].sort(compareForms)) {
    const [name, { images }] = shard;
    const key = JSON.stringify([splitOf(name), images.length, images[0], images.at(-1)]);
    if (images.length === 0) continue;
    groups.set(key, [...(groups.get(key) ?? []), shard]);
  }
  const copies = new Set<string>();
  for (const alike of groups.values()) {
    const seen = new Set<string>();
    for (const [name, shard] of alike.length > 1 ? alike : []) {
      const content = await fingerprint(shard);
      if (content === undefined) continue;
      if (seen.has(content)) copies.add(name);
      seen.add(content);
    }
  }
  return copies;
}

/**
 * What a shard's name says. Folders of splits may hold an archive for each class, whose names are not those of data
 * sets: there only the folders tell these apart.
 */
function shardName(path: string): PartName {
  const part = partName(path);
  const isOwn = part.split === '' || part.of !== undefined || splitOf(posix.basename(path)) !== '';
  return { ...part, set: isOwn ? part.set : part.set.slice(0, part.set.lastIndexOf('/') + 1) };
}

/**
 * The shards of one data set, without copies; those that the user named one by one are what the user wants.
 *
 * @param unpacked the compressed ones that were left out before.
 * @returns the shards, and what was joined or left out, for people.
 * @throws UserError (exit code 2) for several data sets, which would be mixed up, and for missing parts.
 */
export async function chooseShards(
  shards: readonly NamedShard[],
  unpacked: ReadonlySet<string>,
  tree: FileTree,
): Promise<{ kept: NamedShard[]; notes: string[] }> {
  const copies = tree.kind === 'file' ? [] : await findCopies(shards);
  const left = new Set([...unpacked, ...copies]);
  const kept = shards.filter(([name]) => !left.has(name));
  const named = kept.flatMap(([name, { images }]) => (images.length > 0 ? [shardName(name)] : []));
  const joined = checkParts(named, tree, false);
  return { kept, notes: [...joined, ...tell([...left], 'copy', 'copies', 'of other archives left out')] };
}
