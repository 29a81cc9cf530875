import { createHash } from 'node:crypto';
import { readFile, rm, utimes } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { writeFileAtomic } from '../../util/atomic-write.ts';
import { makeFolders } from '../../util/make-folders.ts';
import { findCacheFiles } from '../cache/cache-files.ts';
import { digest, stateOfFile } from '../cache/cache-key.ts';
import type { LabelValue } from './label-files.ts';
import type { TarEntry, TarIndex } from './tar-index.ts';

/** Where indices of large archives are kept for the next run. */
export interface IndexCache {
  readonly folder: string;
  /** Those that took so many seconds to make. */
  readonly worthSeconds: number;
}

/** Raise it when an index holds something else. */
const FORMAT = 4;

/**
 * What a file holds: a digest of the second line, then that line, `[[path, offset, size, label], ...]` and refused
 * names.
 */
type Stored = readonly [files: readonly (readonly [string, number, number, LabelValue?])[], refused: readonly string[]];

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

function encode({ files, refused }: TarIndex): string {
  const stored: Stored = [
    files.map(({ path, offset, size, label }) =>
      label === undefined ? [path, offset, size] : [path, offset, size, label],
    ),
    refused,
  ];
  const text = JSON.stringify(stored);
  return `${hashOf(text)}\n${text}`;
}

function decode(content: string): TarIndex | undefined {
  const end = content.indexOf('\n');
  const text = content.slice(end + 1);
  if (content.slice(0, end) !== hashOf(text)) return undefined;
  const [files, refused] = JSON.parse(text) as Stored;
  return { files: files.map(([path, offset, size, label]): TarEntry => ({ path, offset, size, label })), refused };
}

async function keep(folder: string, name: string, index: TarIndex): Promise<void> {
  await makeFolders(folder, { mode: 0o700 });
  const [archive] = name.split('-');
  const outdated = await findCacheFiles(folder, archive as string);
  await Promise.all(outdated.map((old) => rm(join(folder, old), { force: true })));
  await writeFileAtomic(join(folder, name), encode(index));
}

/**
 * The index of an archive, out of the cache where the archive's size and times are what they were, else made by `make`.
 *
 * An archive of photographs has its headers far apart: a million of them take minutes to read. Nothing that happens to
 * the cache matters to the result; what can't be read or written is done without.
 *
 * @param labels which labels are in the index, as text.
 */
export async function cachedTarIndex(
  path: string,
  labels: string,
  cache: IndexCache | undefined,
  make: () => Promise<TarIndex>,
): Promise<TarIndex> {
  if (cache === undefined) return make();
  const { folder, worthSeconds } = cache;
  const archive = digest([resolve(path), labels]);
  const name = `${archive}-${digest([String(FORMAT), await stateOfFile(path)])}.index`;
  const content = await readFile(join(folder, name), 'utf8').catch(() => undefined);
  const found = content === undefined ? undefined : decode(content);
  if (found !== undefined) {
    // What was used last is removed last.
    await utimes(join(folder, name), new Date(), new Date()).catch(() => {});
    return found;
  }
  const begun = performance.now();
  const index = await make();
  if ((performance.now() - begun) / 1000 >= worthSeconds) await keep(folder, name, index).catch(() => {});
  return index;
}
