import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { UserError } from '../../util/errors.ts';
import type { Bytes } from './bytes.ts';

/**
 * What a gzip file inside an archive unpacks to, in memory.
 *
 * @param name the file, for messages.
 * @throws UserError (exit code 2) for a damaged file, or one that takes more than `maxBytes` packed or unpacked.
 */
export async function gunzipEntry(packed: Bytes, name: string, maxBytes: number): Promise<Bytes> {
  const tooLarge = new UserError(
    `expected a compressed file of at most ${Math.floor(maxBytes / 2 ** 20)} MiB unpacked (it is held in memory), got more: ${name}`,
    { hint: 'Raise data.memoryBudget, or unpack the archive and the file.', exitCode: 2 },
  );
  if (packed.size > maxBytes) throw tooLarge;
  try {
    const limit = { maxOutputLength: Math.max(1, maxBytes) };
    const content = await promisify(gunzip)(await packed.readAt(0, packed.size), limit);
    return {
      size: content.length,
      readAt: async (offset, length) => content.subarray(offset, offset + length),
      close: async () => {},
    };
  } catch (error) {
    if (error instanceof UserError) throw error;
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge;
    throw new UserError(`expected a whole gzip file, got a damaged one (${(error as Error).message}): ${name}`, {
      hint: 'Fetch or pack it again.',
      exitCode: 2,
      cause: error,
    });
  }
}
