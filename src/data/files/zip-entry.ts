import { promisify } from 'node:util';
import { crc32, inflateRaw } from 'node:zlib';
import { DecodeProblem } from '../pixels/decode-problem.ts';
import { type Bytes, sliceBytes } from './bytes.ts';
import type { ZipEntry } from './zip-index.ts';

const HEADER = 30;

/** What an entry's own header and the bytes behind it are, by one read where the header is as long as expected. */
async function readHeader(bytes: Bytes, entry: ZipEntry, more: number): Promise<{ start: number; behind: Uint8Array }> {
  const chunk = await bytes.readAt(entry.offset, entry.headerBytes + more);
  const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.length);
  if (chunk.length < HEADER || view.getUint32(0, true) !== 0x04034b50) {
    throw new DecodeProblem('has no header in the zip archive, which is damaged');
  }
  const length = HEADER + view.getUint16(26, true) + view.getUint16(28, true);
  return { start: entry.offset + length, behind: chunk.subarray(length) };
}

/**
 * Where a stored entry's content is, in place.
 *
 * @throws DecodeProblem for a damaged entry.
 */
export async function locateStored(bytes: Bytes, entry: ZipEntry): Promise<Bytes> {
  const { start } = await readHeader(bytes, entry, 0);
  if (entry.packedSize !== entry.size || start + entry.size > bytes.size) {
    throw new DecodeProblem('has a wrong size in the zip archive, which is damaged');
  }
  return sliceBytes(bytes, start, entry.size);
}

/**
 * Where an entry's content is as it is stored, deflated or not.
 *
 * @throws DecodeProblem for a damaged entry.
 */
export async function locatePacked(bytes: Bytes, entry: ZipEntry): Promise<Bytes> {
  const { start } = await readHeader(bytes, entry, 0);
  return sliceBytes(bytes, start, entry.packedSize);
}

/**
 * An entry's content, whose checksum is compared. No more memory is taken than the sizes that the directory tells,
 * which are the caller's to check.
 *
 * @throws DecodeProblem for an entry that is damaged, or unpacks to more than it says.
 */
export async function readZipEntry(bytes: Bytes, entry: ZipEntry): Promise<Uint8Array> {
  const { packedSize, size, isDeflated, checksum } = entry;
  const { start, behind } = await readHeader(bytes, entry, packedSize);
  const packed = behind.length >= packedSize ? behind.subarray(0, packedSize) : await bytes.readAt(start, packedSize);
  if (packed.length < packedSize) throw new DecodeProblem('is cut short');
  const content = isDeflated ? await inflate(packed, size) : packed;
  if (content.length === size && crc32(content) === checksum) return content;
  throw new DecodeProblem('has a wrong checksum or size in the zip archive, which is damaged');
}

async function inflate(packed: Uint8Array, size: number): Promise<Uint8Array> {
  try {
    return await promisify(inflateRaw)(packed, { maxOutputLength: Math.max(1, size) });
  } catch (error) {
    const isMore = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
    const reason = isMore
      ? `unpacks to more than the ${size} bytes that it says`
      : `can't be unpacked (${String((error as Error).message)})`;
    throw new DecodeProblem(reason, { cause: error });
  }
}
