import { promises as fs } from 'node:fs';
import { type Bytes, openFile } from './bytes.ts';
import { gunzipHead, isGzip } from './gunzip.ts';
import { BLOCK, readTarHeader } from './tar-header.ts';
import { countZipEntries, isZip } from './zip-index.ts';

/** Headers of a tar archive that are read at most; the others are taken to be like them. */
const MOST_HEADERS = 128;

/** Bytes that are unpacked of a gzipped archive. */
const HEAD = 2 ** 20;

/** Files among the first entries, and the bytes up to there. */
async function countHead(bytes: Pick<Bytes, 'size' | 'readAt'>): Promise<{ files: number; end: number }> {
  let [files, offset] = [0, 0];
  for (let i = 0; i < MOST_HEADERS && offset + BLOCK <= bytes.size; i++) {
    const header = readTarHeader(await bytes.readAt(offset, BLOCK));
    if (header === undefined || !(header.stored >= 0)) break;
    if ('07\0'.includes(header.type)) files++;
    offset += BLOCK + Math.ceil(header.stored / BLOCK) * BLOCK;
  }
  return { files, end: offset };
}

/** About how many files a tar archive of so many bytes holds, by its first entries; undefined where there are none. */
export async function estimateTar(
  bytes: Pick<Bytes, 'size' | 'readAt'>,
  totalBytes: number,
): Promise<number | undefined> {
  const { files, end } = await countHead(bytes);
  return end === 0 ? undefined : Math.round(files * Math.max(1, totalBytes / end));
}

/**
 * About how many files an archive holds, by its first entries, or by what a zip archive says; of a gzipped one, whose
 * size unpacked can't be known, rather too few. Little is read whatever its size.
 *
 * @returns undefined for a damaged archive, one that can't be read, and what only stands for one.
 */
export async function estimateFiles(path: string): Promise<number | undefined> {
  let bytes: Bytes | undefined;
  try {
    bytes = await openFile(path);
    const head = await bytes.readAt(0, 4);
    if (isZip(head)) return await countZipEntries(bytes);
    if (!isGzip(head)) return await estimateTar(bytes, bytes.size);
    const unpacked = await gunzipHead(path, HEAD);
    const part: Bytes = {
      size: unpacked.length,
      readAt: async (offset, length) => unpacked.subarray(offset, offset + length),
      close: async () => {},
    };
    return await estimateTar(part, unpacked.length < HEAD ? unpacked.length : (await fs.stat(path)).size);
  } catch {
    // Opening it says what is wrong.
    return undefined;
  } finally {
    await bytes?.close();
  }
}
