import { createReadStream, promises as fs } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { UserError } from '../util/errors.ts';
import { DecodeProblem } from './decode-problem.ts';
import type { Listing } from './image-source.ts';
import { extensionOf, isHiddenPath, isImagePath, sortPaths } from './paths.ts';
import { indexTar, isTarHeader, type ReadAt, type TarEntry, type TarIndex, TarProblem } from './tar-index.ts';

/** Bytes that a compressed archive may take in memory unless told otherwise. */
const DEFAULT_MAX_BYTES = 2 ** 30;
/** Bytes; as for files in folders. */
const LARGEST_FILE = 256 * 2 ** 20;

/** Bytes of each piece of an unpacked archive. */
const SEGMENT = 4 * 2 ** 20;

/** An archive's uncompressed bytes, wherever they are. */
interface Bytes {
  readonly size: number;
  readonly readAt: ReadAt;
  close(): Promise<void>;
}

async function openPlain(path: string): Promise<Bytes> {
  const file = await fs.open(path);
  const { size } = await file.stat();
  return {
    size,
    readAt: async (offset, length) => {
      const buffer = new Uint8Array(Math.max(0, Math.min(length, size - offset)));
      let filled = 0;
      while (filled < buffer.length) {
        const { bytesRead } = await file.read(buffer, filled, buffer.length - filled, offset + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return buffer.subarray(0, filled);
    },
    close: () => file.close(),
  };
}

/** Puts a chunk behind the `size` bytes that the segments hold; nothing is moved, so that memory grows by its size alone. */
function append(segments: Uint8Array[], size: number, chunk: Uint8Array): void {
  for (let done = 0; done < chunk.length; ) {
    const start = (size + done) % SEGMENT;
    if (start === 0) segments.push(new Uint8Array(SEGMENT));
    const part = chunk.subarray(done, done + SEGMENT - start);
    segments.at(-1)?.set(part, start);
    done += part.length;
  }
}

/** A copy of a stretch of bytes that may cross segments. */
function gather(segments: readonly Uint8Array[], offset: number, length: number): Uint8Array {
  const out = new Uint8Array(Math.max(0, length));
  for (let done = 0; done < out.length; ) {
    const segment = segments[Math.floor((offset + done) / SEGMENT)] as Uint8Array;
    const start = (offset + done) % SEGMENT;
    const part = segment.subarray(start, start + out.length - done);
    out.set(part, done);
    done += part.length;
  }
  return out;
}

/**
 * Unpacks a gzip file into memory, which never takes much more than `maxBytes`: it counts as it goes, since the size
 * in a gzip file's trailer can lie.
 */
async function gunzip(path: string, maxBytes: number): Promise<Bytes> {
  const tooLarge = new UserError(
    `expected a compressed archive of at most ${Math.floor(maxBytes / 2 ** 20)} MiB unpacked (it is held in memory), got more: ${path}`,
    { hint: `Run "gunzip --keep ${path}" and use the .tar, which is read in place whatever its size.`, exitCode: 2 },
  );
  if ((await fs.stat(path)).size > maxBytes) throw tooLarge;
  const segments: Uint8Array[] = [];
  let size = 0;
  const input = createReadStream(path);
  const unpacked = input.pipe(createGunzip({ chunkSize: 2 ** 20 }));
  input.once('error', (error) => unpacked.destroy(error));
  try {
    for await (const chunk of unpacked as AsyncIterable<Uint8Array>) {
      if (size + chunk.length > maxBytes) throw tooLarge;
      append(segments, size, chunk);
      size += chunk.length;
    }
  } catch (error) {
    if (error instanceof UserError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError(`expected a whole gzip archive, got a damaged one (${reason}): ${path}`, {
      hint: 'Fetch or pack it again.',
      exitCode: 2,
      cause: error,
    });
  } finally {
    input.destroy();
  }
  return {
    size,
    readAt: async (offset, length) => gather(segments, offset, Math.min(length, size - offset)),
    close: async () => {},
  };
}

async function openBytes(path: string, maxBytes: number): Promise<Bytes> {
  const plain = await openPlain(path);
  const head = await plain.readAt(0, 512);
  if (isTarHeader(head)) return plain;
  await plain.close();
  if (head[0] === 0x1f && head[1] === 0x8b) {
    const unpacked = await gunzip(path, maxBytes);
    if (isTarHeader(await unpacked.readAt(0, 512))) return unpacked;
  }
  const isZip = head[0] === 0x50 && head[1] === 0x4b;
  throw new UserError(`expected a folder of images or a tar archive (.tar, .tar.gz, .tgz), got another file: ${path}`, {
    hint: isZip ? 'Unpack the zip file and name its folder.' : 'Name the folder that holds the images.',
    exitCode: 2,
  });
}

async function readIndex(bytes: Bytes, path: string): Promise<TarIndex> {
  try {
    return await indexTar(bytes.readAt, bytes.size);
  } catch (error) {
    await bytes.close();
    if (!(error instanceof TarProblem)) throw error;
    throw new UserError(`expected a whole tar archive, but ${path} ${error.message}`, {
      hint: 'Fetch or pack it again.',
      exitCode: 2,
      cause: error,
    });
  }
}

/**
 * Opens a tar archive of images in place: nothing is written to disk, and of a plain one only headers are read.
 *
 * A gzipped one is unpacked into memory, up to `maxBytes` (default 1 GiB). Links and entries whose path climbs out are
 * refused and listed. Of entries with one name the last counts, as when unpacking.
 *
 * @throws UserError (exit code 2) for another kind of file, a damaged archive, or one beyond the limit.
 */
export async function openArchive(path: string, options: { maxBytes?: number | undefined } = {}): Promise<Listing> {
  const bytes = await openBytes(path, options.maxBytes ?? DEFAULT_MAX_BYTES);
  const { files, refused } = await readIndex(bytes, path);
  const images = new Map<string, TarEntry>();
  const otherFiles = new Map<string, number>();
  for (const file of files) {
    if (isHiddenPath(file.path)) continue;
    const extension = extensionOf(file.path);
    if (isImagePath(file.path)) images.set(file.path, file);
    else otherFiles.set(extension, (otherFiles.get(extension) ?? 0) + 1);
  }
  return {
    where: path,
    kind: 'archive',
    paths: sortPaths([...images.keys()]),
    otherFiles,
    refused,
    read: async (name) => {
      const entry = images.get(name);
      if (entry === undefined) throw new DecodeProblem('does not exist');
      if (entry.size > LARGEST_FILE) throw new DecodeProblem(`is ${entry.size} bytes, the limit is ${LARGEST_FILE}`);
      const content = await bytes.readAt(entry.offset, entry.size);
      if (content.length < entry.size) throw new DecodeProblem('is cut short');
      return content;
    },
    close: bytes.close,
  };
}
