import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createBrotliCompress } from 'node:zlib';
import { createTarPacker } from 'modern-tar';
import { UserError } from '../../util/errors.ts';
import type { SourceFile } from './bundle-contents.ts';
import type { ArchivedFile, BundledFile } from './bundle-manifest.ts';
import { partWriter } from './part-writer.ts';

/** Bytes that are read at a time. */
const PIECE = 2 ** 20;

/**
 * Of what Node can unpack everywhere, for CUDA's libraries and TensorFlow, on one core (GPU build, 3.6 GHz AVX-512):
 *
 *     gzip 1     57 % of the bytes, 75 MB/s      brotli 3   46 %, 170 MB/s
 *     gzip 6     56 %,              55 MB/s      brotli 4   44 %,  90 MB/s
 *     brotli 1   51 %,             380 MB/s      brotli 5   43 %,  30 MB/s
 *
 * All are unpacked at 300 to 400 MB/s.
 */
const QUALITY = 4;

/** Bytes, as a power of 2, in which repetitions are looked for. */
const WINDOW = 22;

/** What is said to the progress of writing an archive. */
export interface ArchiveOptions {
  readonly folder: string;
  readonly partBytes: number;
  /** Told the bytes that were read so far. */
  readonly onProgress: (done: number) => void;
}

/**
 * Writes files as one tar archive, compressed by Brotli and cut into parts: `cat part-* | brotli -d | tar x` reads it.
 * The same files give the same bytes.
 *
 * @throws UserError for a file that is not what it was when it was listed, or not what its checksum says; the system's
 *   error where the disk is full and the like.
 */
export async function writeArchive(
  sources: readonly SourceFile[],
  { folder, partBytes, onProgress }: ArchiveOptions,
): Promise<{ parts: BundledFile[]; files: ArchivedFile[] }> {
  const parts: BundledFile[] = [];
  const files: ArchivedFile[] = [];
  const { readable, controller } = createTarPacker();
  let done = 0;
  const add = async (source: SourceFile): Promise<void> => {
    const { path, size, executable } = source;
    const mode = executable ? 0o755 : 0o644;
    const body = controller.add({ name: path, size, type: 'file', mode, uid: 0, gid: 0, mtime: new Date(0) });
    const writer = body.getWriter();
    const hash = createHash('sha256');
    let read = 0;
    for await (const piece of piecesOf(source)) {
      read += piece.length;
      if (read > size) break;
      hash.update(piece);
      await writer.write(new Uint8Array(piece.buffer, piece.byteOffset, piece.length));
      done += piece.length;
      onProgress(done);
    }
    if (read !== size) throw changed(source, `it had ${size} bytes when it was listed`);
    await writer.close();
    const sha256 = hash.digest('hex');
    if (source.sha256 !== undefined && source.sha256 !== sha256) {
      throw changed(source, `SHA-256 ${source.sha256} was expected, not ${sha256}`);
    }
    files.push({ path, size, sha256, executable });
  };
  const addAll = async (): Promise<void> => {
    try {
      for (const source of sources) await add(source);
      controller.finalize();
    } catch (error) {
      controller.error(error);
      throw error;
    }
  };
  const compressor = createBrotliCompress({
    chunkSize: PIECE,
    params: { [constants.BROTLI_PARAM_QUALITY]: QUALITY, [constants.BROTLI_PARAM_LGWIN]: WINDOW },
  });
  const writing = pipeline(
    Readable.fromWeb(readable as never),
    inPieces,
    compressor,
    partWriter(folder, partBytes, parts),
  );
  const [added, written] = await Promise.allSettled([addAll(), writing]);
  // Where the disk is full, what is added fails as well, for want of a reader.
  if (written.status === 'rejected') throw written.reason;
  if (added.status === 'rejected') throw added.reason;
  return { parts, files };
}

/** The content of a file; small ones are read at once, which takes a third of the time of a stream. */
async function* piecesOf({ from, size }: SourceFile): AsyncGenerator<Buffer> {
  if (typeof from !== 'string') yield from;
  else if (size <= PIECE) yield await readFile(from);
  else yield* createReadStream(from, { highWaterMark: PIECE });
}

/** Headers and small files are joined: each piece costs the compressor a turn of a thread. */
async function* inPieces(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let waiting: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    waiting.push(chunk);
    bytes += chunk.length;
    if (bytes < PIECE) continue;
    yield Buffer.concat(waiting);
    [waiting, bytes] = [[], 0];
  }
  yield Buffer.concat(waiting);
}

function changed({ path, from }: SourceFile, why: string): UserError {
  const file = typeof from === 'string' ? from : path;
  return new UserError(`${file} changed while it was bundled, or is damaged: ${why}.`, {
    hint: 'Run `cl-doctor --install --verify`, which repairs TensorFlow, and then the same command again.',
  });
}
