import { type Entry, fromBufferPromise, openPromise, type ZipFile } from 'yauzl';
import { UserError } from '../../util/errors.ts';
import { type Bytes, sliceBytes } from './bytes.ts';

/** Compression methods of a zip file. */
const STORED = 0;

async function inflate(zip: ZipFile, entry: Entry): Promise<Bytes> {
  const data = new Uint8Array(entry.uncompressedSize);
  let size = 0;
  // The stream fails beyond the size that the directory names, so that a lie takes no more memory.
  for await (const chunk of (await zip.openReadStreamPromise(entry)) as AsyncIterable<Uint8Array>) {
    data.set(chunk, size);
    size += chunk.length;
  }
  return { size, readAt: async (offset, length) => data.subarray(offset, offset + length), close: async () => {} };
}

/**
 * The arrays of a NumPy .npz file by name; those of `savez` are read in place, those of `savez_compressed` are unpacked
 * into memory.
 *
 * @param disk where the file lies; undefined inside an archive, out of which its packed bytes come into memory at
 * first.
 * @param path the file, for messages.
 * @param file the same file's bytes, which stay open.
 * @throws UserError (exit code 2) for a damaged file, or arrays that take more than `maxBytes` unpacked.
 */
export async function openNpz(
  disk: string | undefined,
  path: string,
  file: Bytes,
  maxBytes: number,
): Promise<ReadonlyMap<string, Bytes>> {
  const where = disk ?? path;
  const arrays = new Map<string, Bytes>();
  let memory = 0;
  let zip: ZipFile | undefined;
  try {
    if (disk === undefined && file.size > maxBytes) {
      throw new UserError(
        `expected an .npz file of at most ${Math.floor(maxBytes / 2 ** 20)} MiB inside an archive, got ${file.size} bytes: ${where}`,
        { hint: 'Raise data.memoryBudget, or unpack the archive.', exitCode: 2 },
      );
    }
    zip =
      disk === undefined
        ? await fromBufferPromise(Buffer.from(await file.readAt(0, file.size)))
        : await openPromise(disk, { autoClose: false });
    for await (const entry of zip.eachEntry()) {
      if (!entry.fileName.endsWith('.npy')) continue;
      const name = entry.fileName.slice(0, -'.npy'.length);
      if (entry.compressionMethod === STORED && !entry.isEncrypted()) {
        const { fileDataStart } = await zip.readLocalFileHeaderPromise(entry, { minimal: true });
        arrays.set(name, sliceBytes(file, fileDataStart, entry.uncompressedSize));
        continue;
      }
      memory += entry.uncompressedSize;
      if (memory > maxBytes) {
        throw new UserError(
          `expected compressed arrays of at most ${Math.floor(maxBytes / 2 ** 20)} MiB unpacked (they are held in memory), got more: ${where}`,
          { hint: 'Raise data.memoryBudget, or save them with numpy.savez, which is read in place.', exitCode: 2 },
        );
      }
      arrays.set(name, await inflate(zip, entry));
    }
    return arrays;
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`expected a whole .npz file, got a damaged one (${(error as Error).message}): ${where}`, {
      hint: 'Fetch it or save it again.',
      exitCode: 2,
      cause: error,
    });
  } finally {
    zip?.close();
  }
}
