import { createHash } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { open, realpath, rename, rm } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress } from 'node:zlib';
import { createTarDecoder, type ParsedTarEntry } from 'modern-tar';
import { UserError } from '../../util/errors.ts';
import { makeFolders } from '../../util/make-folders.ts';
import { nearestThere } from '../../util/nearest-there.ts';
import type { ArchivedFile, Bundle } from './bundle-manifest.ts';

/** Bytes that are read and unpacked at a time. */
const PIECE = 2 ** 20;

/** Small files are left to the system to write; a large one is forced to the disk, as its loss would show late. */
const FORCED_BYTES = 1e6;

/** A file of the archive that is to be written. */
export interface UnpackJob {
  readonly file: ArchivedFile;
  /** The folder that it must not leave. */
  readonly root: string;
  readonly path: string;
}

/**
 * Unpacks files of a bundle's archive. Only what `bundle.json` lists is taken, in its order, as plain files of its
 * sizes and checksums; each appears whole under its name.
 *
 * @param jobs by the paths in the archive.
 * @throws UserError where the archive holds anything else, or a folder of it leads out of its root by a link; the
 *   system's error where the disk is full and the like.
 */
export async function unpackArchive(
  folder: string,
  { parts, files }: Bundle,
  jobs: ReadonlyMap<string, UnpackJob>,
  onProgress: (done: number) => void,
): Promise<void> {
  async function* bytes(): AsyncGenerator<Buffer> {
    for (const { path } of parts) yield* createReadStream(join(folder, path), { highWaterMark: PIECE });
  }
  const decoder = createTarDecoder({ strict: true });
  const stop = new AbortController();
  const reading = pipeline(
    Readable.from(bytes()),
    createBrotliDecompress({ chunkSize: PIECE }),
    Writable.fromWeb(decoder.writable as never),
    { signal: stop.signal },
  );
  const strange = (why: string): UserError =>
    new UserError(`The archive in ${folder} is not what ${why}.`, { hint: COPY });
  const unpackAll = async (): Promise<void> => {
    const entries = decoder.readable.getReader();
    const inside = createWall();
    let [left, done] = [jobs.size, 0];
    for (const file of files) {
      if (left === 0) return;
      const { value: entry } = await entries.read();
      if (entry === undefined || !isEntryOf(entry, file)) {
        const got = entry === undefined ? 'the archive ends' : `it holds ${describe(entry)}`;
        throw strange(`bundle.json says: ${file.path} (${file.size} bytes) should come, but ${got}`);
      }
      const job = jobs.get(file.path);
      if (job === undefined) {
        await drain(entry);
        continue;
      }
      await inside(job);
      await writeEntry(entry, job, (count) => onProgress(done + count));
      done += file.size;
      left--;
    }
  };
  const unpacking = unpackAll().finally(() => stop.abort());
  const [read, unpacked] = await Promise.allSettled([reading, unpacking]);
  if (unpacked.status === 'rejected')
    throw isDamage(unpacked.reason) ? strange(`it was: ${unpacked.reason.message}`) : unpacked.reason;
  // What is left unread was not wanted.
  void read;
}

const COPY = 'Copy the bundle again from where it was made, or make it again.';

/** What the decompressor and the reader of archives throw. */
function isDamage(error: unknown): error is Error {
  return error instanceof Error && !(error instanceof UserError) && !('syscall' in error);
}

function isEntryOf({ header }: ParsedTarEntry, { path, size }: ArchivedFile): boolean {
  return header.type === 'file' && header.name === path && header.size === size;
}

function describe({ header: { type, name, size } }: ParsedTarEntry): string {
  return `${JSON.stringify(name)} (${type}, ${size} bytes)`;
}

/**
 * Reads over an entry. modern-tar 0.8.6 says to cancel its body; but where that is small and the next one was begun, it
 * is the next one that is lost, and never ends.
 */
async function drain({ body }: ParsedTarEntry): Promise<void> {
  for await (const _ of body);
}

/** Makes folders, of which none lies outside its root where links are followed. */
function createWall(): (job: UnpackJob) => Promise<void> {
  const known = new Set<string>();
  return async ({ root, path }) => {
    const folder = dirname(path);
    if (known.has(folder)) return;
    const { at: nearest } = await nearestThere(folder);
    const [real, wall] = await Promise.all([realpath(nearest), realpath(root)]);
    if (relative(wall, real).startsWith('..')) {
      throw new UserError(`${nearest} leads out of ${root}, to ${real}; nothing is written there.`, {
        hint: 'Remove that link, or name another folder.',
      });
    }
    await makeFolders(folder);
    known.add(folder);
  };
}

/** The file appears when its content was checked. */
async function writeEntry(
  { body }: ParsedTarEntry,
  { file: { path: name, size, sha256, executable }, path }: UnpackJob,
  onProgress: (done: number) => void,
): Promise<void> {
  const temporary = `${path}.unfinished`;
  const hash = createHash('sha256');
  const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW } = constants;
  const file = await open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, executable ? 0o755 : 0o644);
  let done = 0;
  try {
    for await (const chunk of body) {
      hash.update(chunk);
      await file.writeFile(chunk);
      done += chunk.length;
      onProgress(done);
    }
    if (size > FORCED_BYTES) await file.sync();
  } finally {
    await file.close();
  }
  const found = hash.digest('hex');
  if (found !== sha256) {
    await rm(temporary, { force: true });
    throw new Error(`${name} has SHA-256 ${found}, not ${sha256}`);
  }
  await rename(temporary, path);
}
