import { constants, inflateRawSync } from 'node:zlib';
import { UserError } from '../../util/errors.ts';
import { DecodeProblem } from '../pixels/decode-problem.ts';
import type { Bytes } from './bytes.ts';
import { locatePacked, locateStored, readZipEntry } from './zip-entry.ts';
import { indexZip, type ZipEntry, ZipProblem } from './zip-index.ts';

/** Unpacked bytes of a compressed array up to which no more is unpacked than is asked for. */
const HEAD = 4 * 2 ** 20;

/** Packed bytes that are unpacked at first to read the header of an array, which has 128 bytes in most. */
const PACKED_HEAD = 4096;

/** The first bytes of a deflated entry, at least `wanted` where there are so many. */
async function unpackHead(file: Bytes, entry: ZipEntry, wanted: number): Promise<Uint8Array> {
  const packed = await locatePacked(file, entry);
  for (let length = PACKED_HEAD; ; length *= 4) {
    const part = await packed.readAt(0, length);
    // So it takes what is cut for all there is; a kilobyte gives a megabyte at most.
    const head = inflateRawSync(part, { finishFlush: constants.Z_SYNC_FLUSH });
    if (head.length > entry.size) throw new DecodeProblem(`unpacks to more than the ${entry.size} bytes that it says`);
    if (head.length >= wanted || part.length < length) return head;
  }
}

function tooLarge(maxBytes: number, where: string): UserError {
  return new UserError(
    `expected compressed arrays of at most ${Math.floor(maxBytes / 2 ** 20)} MiB unpacked (they are held in memory), got more: ${where}`,
    { hint: 'Raise data.memoryBudget, or save them with numpy.savez, which is read in place.', exitCode: 2 },
  );
}

function damaged(error: unknown, where: string): unknown {
  if (error instanceof UserError || 'syscall' in (error as Error)) return error;
  return new UserError(`expected a whole .npz file, got a damaged one (${(error as Error).message}): ${where}`, {
    hint: 'Fetch it or save it again.',
    exitCode: 2,
    cause: error,
  });
}

/** The bytes of a compressed array: of the first ones no more is unpacked than is read, of others all, into memory. */
function unpackWhenRead(file: Bytes, entry: ZipEntry, where: string, maxBytes: number): Bytes {
  let head: Uint8Array = new Uint8Array(0);
  let whole: Promise<Uint8Array> | undefined;
  return {
    size: entry.size,
    isPacked: true,
    async readAt(offset, length) {
      const end = Math.min(entry.size, offset + length);
      try {
        if (whole === undefined && end <= HEAD && end > head.length) head = await unpackHead(file, entry, end);
        if (whole === undefined && end <= head.length) return head.subarray(offset, end);
        if (entry.size > maxBytes) throw tooLarge(maxBytes, where);
        whole ??= readZipEntry(file, entry);
        return (await whole).subarray(offset, end);
      } catch (error) {
        throw damaged(error, where);
      }
    },
    close: async () => {},
  };
}

/**
 * Checks that compressed arrays fit into memory together.
 *
 * @throws UserError (exit code 2) where they take more than `maxBytes` unpacked.
 */
export function checkUnpacked(arrays: readonly { bytes: Bytes; where: string }[], maxBytes: number): void {
  const packed = arrays.filter(({ bytes }) => bytes.isPacked === true);
  const [first] = packed;
  const sum = packed.reduce((bytes, array) => bytes + array.bytes.size, 0);
  if (first !== undefined && sum > maxBytes) throw tooLarge(maxBytes, first.where);
}

/**
 * The arrays of a NumPy .npz file by name; those of `savez` are read in place, those of `savez_compressed` are unpacked
 * into memory when their values are read. Nothing is unpacked to read their headers.
 *
 * @param where the file, for messages.
 * @param file its bytes, which stay open.
 * @throws UserError (exit code 2) for a damaged file; when reading, for arrays of more than `maxBytes` unpacked.
 */
export async function openNpz(where: string, file: Bytes, maxBytes: number): Promise<ReadonlyMap<string, Bytes>> {
  try {
    const arrays = new Map<string, Bytes>();
    const { files } = await indexZip(file);
    for (const entry of files.filter(({ path }) => path.endsWith('.npy'))) {
      const name = entry.path.slice(0, -'.npy'.length);
      const packed = (): Bytes => unpackWhenRead(file, entry, `${where}/${name}`, maxBytes);
      arrays.set(name, entry.isDeflated ? packed() : await locateStored(file, entry));
    }
    return arrays;
  } catch (error) {
    throw error instanceof ZipProblem || error instanceof DecodeProblem ? damaged(error, where) : error;
  }
}
