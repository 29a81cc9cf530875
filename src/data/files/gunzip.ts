import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { UserError } from '../../util/errors.ts';
import { shellWord } from '../../util/shell-word.ts';
import { type Bytes, openFile } from './bytes.ts';
import { joinHint } from './unpack-command.ts';

/** Bytes of each piece of an unpacked file. */
const SEGMENT = 4 * 2 ** 20;

/**
 * Puts a chunk behind the `size` bytes that the segments hold; nothing is moved, so that memory grows by its size
 * alone.
 */
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

/** Whether bytes begin as a gzip file does. */
export function isGzip(head: Uint8Array): boolean {
  return head[0] === 0x1f && head[1] === 0x8b;
}

/** The chunks that a gzip file unpacks to, as far as they are asked for. */
async function* unpack(path: string, chunkSize: number): AsyncGenerator<Uint8Array, void, undefined> {
  const input = createReadStream(path);
  const unpacked = input.pipe(createGunzip({ chunkSize }));
  input.once('error', (error) => unpacked.destroy(error));
  try {
    yield* unpacked as AsyncIterable<Uint8Array>;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError(`expected a whole gzip file, got a damaged one (${reason}): ${path}`, {
      hint: joinHint(path) ?? 'Fetch or pack it again.',
      exitCode: 2,
      cause: error,
    });
  } finally {
    input.destroy();
    unpacked.destroy();
  }
}

/**
 * The first `length` bytes that a gzip file unpacks to, or as many as there are.
 *
 * @throws UserError (exit code 2) for a damaged file.
 */
export async function gunzipHead(path: string, length: number): Promise<Uint8Array> {
  const head = new Uint8Array(length);
  let size = 0;
  for await (const chunk of unpack(path, 64 * 1024)) {
    head.set(chunk.subarray(0, length - size), size);
    size = Math.min(length, size + chunk.length);
    if (size === length) break;
  }
  return head.subarray(0, size);
}

/**
 * Unpacks a gzip file into memory, which never takes much more than `maxBytes`: it counts as it goes, since the size
 * in a gzip file's trailer can lie.
 *
 * @throws UserError (exit code 2) for a damaged file or one beyond the limit.
 */
export async function gunzip(path: string, maxBytes: number): Promise<Bytes> {
  const tooLarge = new UserError(
    `expected a compressed file of at most ${Math.floor(maxBytes / 2 ** 20)} MiB unpacked (it is held in memory), got more: ${path}`,
    {
      hint: `Run "gunzip --keep ${shellWord(path)}" and use the unpacked file, which is read in place whatever its size.`,
      exitCode: 2,
    },
  );
  const packed = await openFile(path);
  await packed.close();
  if (packed.size > maxBytes) throw tooLarge;
  const segments: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of unpack(path, 2 ** 20)) {
    if (size + chunk.length > maxBytes) throw tooLarge;
    append(segments, size, chunk);
    size += chunk.length;
  }
  return {
    size,
    readAt: async (offset, length) => gather(segments, offset, Math.min(length, size - offset)),
    close: async () => {},
  };
}
