import { promises as fs } from 'node:fs';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { isTemporaryName } from '../../util/atomic-write.ts';
import { UserError } from '../../util/errors.ts';
import { formatPlural } from '../../util/format-count.ts';
import { hashFile } from '../../util/hash-file.ts';
import { MANIFEST, type Manifest, readManifest, type ShardRecord } from '../files/pack-manifest.ts';

/** The file that says who packs into a folder; hidden, so that nothing takes it for data. */
export const PACK_LOCK = '.pack.lock';

const isOwn = (name: string): boolean => isTemporaryName(name) || name.startsWith(PACK_LOCK);

const codeOf = (error: unknown): unknown => (error as NodeJS.ErrnoException | null)?.code;

/** The path without links, also where its last parts don't exist yet. */
async function realPath(path: string): Promise<string> {
  const full = resolve(path);
  try {
    return await fs.realpath(full);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' || dirname(full) === full) throw error;
    return join(await realPath(dirname(full)), basename(full));
  }
}

/**
 * Refuses a folder for shards that lies in the images, where they would become a part of them.
 *
 * @throws UserError (exit code 2).
 */
export async function assertOutside(folder: string, images: string): Promise<void> {
  const [out, source] = [await realPath(folder), await realPath(images)];
  if (out !== source && !out.startsWith(source.endsWith(sep) ? source : source + sep)) return;
  throw new UserError(`expected a folder outside of the images for the shards, got ${folder} in ${images}`, {
    hint: 'Name a folder beside the images.',
    exitCode: 2,
  });
}

async function entriesOf(folder: string): Promise<string[]> {
  try {
    return await fs.readdir(folder);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    if (codeOf(error) !== 'ENOTDIR') throw error;
    throw new UserError(`expected a folder for the shards, got the file ${folder}`, {
      hint: 'Name a folder, which may be new.',
      exitCode: 2,
    });
  }
}

/** What `found` has other than `wanted`, a line each. */
function differences(found: Manifest, wanted: Manifest): string[] {
  const keys = [...new Set([...Object.keys(found.settings), ...Object.keys(wanted.settings)])];
  const settings = keys.flatMap((key) => {
    const [before, now] = [found.settings[key] ?? 'none', wanted.settings[key] ?? 'none'];
    return before === now ? [] : [`${key} ${before}, now ${now}`];
  });
  const namesOf = ({ splits }: Manifest): string => splits.map(({ name }) => name).join(' and ');
  if (namesOf(found) !== namesOf(wanted)) return [...settings, `${namesOf(found)} images, now ${namesOf(wanted)}`];
  const splits = wanted.splits.flatMap((now, i) => {
    const before = found.splits[i] ?? now;
    if (before.images !== now.images) return [`${formatPlural(before.images, `${now.name} image`)}, now ${now.images}`];
    return before.fingerprint === now.fingerprint ? [] : [`other ${now.name} images (names, labels or contents)`];
  });
  return [...settings, ...splits];
}

/**
 * What has been packed into a folder: `wanted` itself where it is new or empty, else its manifest, which must be of the
 * same images and settings.
 *
 * @throws UserError (exit code 2) for a folder with something else in it.
 */
export async function openOutput(folder: string, wanted: Manifest): Promise<Manifest> {
  const entries = (await entriesOf(folder)).filter((name) => !isOwn(name));
  if (entries.length === 0) return wanted;
  const found = await readManifest(folder);
  if (found === undefined) {
    throw new UserError(`expected a new or empty folder for the shards, got ${folder} with ${entries[0]} in it`, {
      hint: 'Name another folder: nothing is overwritten.',
      exitCode: 2,
    });
  }
  const changed = differences(found, wanted);
  if (changed.length === 0) return found;
  throw new UserError(`expected ${folder} to be packed as it was begun, but it has ${changed.join('; ')}`, {
    hint: 'Give the settings and images of before, or name another folder: nothing is overwritten.',
    exitCode: 2,
  });
}

/** Removes what a killed process left half written. */
export async function removeTemporaries(folder: string): Promise<void> {
  const isOurs = (name: string): boolean => isTemporaryName(name) && /^\.(pack\.json|[a-z]+-\d+\.tar)\./.test(name);
  for (const name of (await entriesOf(folder)).filter(isOurs)) await fs.rm(join(folder, name), { force: true });
}

/** What is the matter with a recorded shard; undefined where nothing is. */
async function problemOf(folder: string, shard: ShardRecord, isDeep: boolean): Promise<string | undefined> {
  const path = join(folder, shard.file);
  const found = await fs.stat(path).catch(() => undefined);
  if (found === undefined) return 'missing';
  if (found.size !== shard.bytes) return `${shard.file} has ${found.size} bytes instead of ${shard.bytes}`;
  if (isDeep && (await hashFile(path)) !== shard.sha256) return `${shard.file} has another checksum`;
  return undefined;
}

/**
 * Looks after the recorded shards, and returns those that are gone.
 *
 * @param isDeep whether they are read and their checksums compared, and not their sizes alone.
 * @param onShard hears of each shard once it was looked at.
 * @throws UserError where some are damaged.
 */
export async function checkShards(
  folder: string,
  { shards }: Manifest,
  isDeep: boolean,
  onShard: () => void = () => {},
): Promise<ShardRecord[]> {
  const missing: ShardRecord[] = [];
  const damaged: string[] = [];
  for (const shard of shards) {
    const problem = await problemOf(folder, shard, isDeep);
    if (problem === 'missing') missing.push(shard);
    else if (problem !== undefined) damaged.push(problem);
    onShard();
  }
  if (damaged.length === 0) return missing;
  throw new UserError(`expected the shards in ${folder} as they were packed, but ${damaged.join('; ')}`, {
    hint: `Delete ${damaged.length === 1 ? 'it' : 'them'} and pack again: what is missing is made anew, the same. ${MANIFEST} stays.`,
  });
}
