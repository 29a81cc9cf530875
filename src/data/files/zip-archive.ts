import { UserError } from '../../util/errors.ts';
import { formatBytes } from '../../util/format-bytes.ts';
import { shellWord } from '../../util/shell-word.ts';
import { DecodeProblem } from '../pixels/decode-problem.ts';
import { type Archive, treeOfEntries } from './archive-tree.ts';
import type { Bytes } from './bytes.ts';
import { requireListable } from './entry-count.ts';
import { LARGEST_FILE } from './image-folder.ts';
import { likelyEncoding } from './name-encoding.ts';
import { joinHint, unpackCommand } from './unpack-command.ts';
import { locateStored, readZipEntry } from './zip-entry.ts';
import {
  countZipEntries,
  indexZip,
  LEAST_ENTRY,
  NOT_UTF8,
  type ZipEntry,
  type ZipIndex,
  ZipProblem,
} from './zip-index.ts';

/** How to unpack an archive whose names are not UTF-8; cp932 is Japan's encoding of Windows. */
function unpackByEncoding(path: string, { misnamed }: ZipIndex): string {
  const { folder } = unpackCommand(path);
  return ` with the encoding of its names: python3 -m zipfile --metadata-encoding ${likelyEncoding(misnamed)} -e ${shellWord(path)} ${folder} (cp932: Japanese, gbk: Chinese, cp850: Western)`;
}

async function readIndex(path: string, bytes: Bytes, memoryBytes: number): Promise<ZipIndex> {
  try {
    // A damaged one may claim any number.
    const most = Math.floor(bytes.size / LEAST_ENTRY);
    requireListable(Math.min(await countZipEntries(bytes), most), memoryBytes, path);
    return await indexZip(bytes);
  } catch (error) {
    if (!(error instanceof ZipProblem)) throw error;
    const isPart = /multi-disk/.test(error.message);
    throw new UserError(`expected a whole zip archive, got a damaged one (${error.message}): ${path}`, {
      hint:
        joinHint(path) ??
        (isPart ? `Join its parts: zip -s 0 ${shellWord(path)} --out whole.zip` : 'Fetch or pack it again.'),
      exitCode: 2,
      cause: error,
    });
  }
}

/**
 * A zip archive's files, which are read in place: a deflated image is unpacked when it is read. Encrypted entries,
 * links and entries whose path climbs out are refused and listed.
 *
 * @param memoryBytes what deflated files that are no images may take together, unpacked, while they are open.
 * @throws UserError (exit code 2) for a damaged archive, one of which no entry can be unpacked, or one of more files
 * than memory can list.
 */
export async function openZip(path: string, bytes: Bytes, memoryBytes: number): Promise<Omit<Archive, 'heldBytes'>> {
  const index = await readIndex(path, bytes, memoryBytes);
  const { files, refused } = index;
  const [example] = refused;
  if (files.length === 0 && example !== undefined) {
    const isSecret = example.endsWith('(encrypted)');
    const isUnnamed = example.endsWith(`(${NOT_UTF8})`);
    throw new UserError(`expected a zip archive whose files can be read, got none, such as ${example}: ${path}`, {
      hint: isUnnamed
        ? `Unpack it${unpackByEncoding(path, index)}`
        : `Unpack it${isSecret ? ' with its password' : ''}: ${unpackCommand(path, isSecret).command}`,
      exitCode: 2,
    });
  }
  let left = memoryBytes;
  const hold = async (entry: ZipEntry): Promise<Bytes> => {
    const { size, packedSize } = entry;
    if (Math.max(size, packedSize) > left) {
      throw new UserError(
        `expected compressed files of at most ${formatBytes(memoryBytes)} unpacked inside a zip archive (they are held in memory), got more: ${entry.path} in ${path}`,
        { hint: `Raise data.memoryBudget, or unpack it: ${unpackCommand(path).command}`, exitCode: 2 },
      );
    }
    left -= size;
    let content = await readZipEntry(bytes, entry).catch((error: unknown) => {
      left += size;
      throw error;
    });
    return {
      size,
      readAt: async (offset, length) => content.subarray(offset, offset + length),
      async close() {
        left += content.length;
        content = new Uint8Array(0);
      },
    };
  };
  const { tree } = treeOfEntries(path, {
    files,
    refused,
    async read(entry) {
      if (entry.packedSize > LARGEST_FILE) {
        throw new DecodeProblem(`is ${entry.packedSize} bytes, the limit is ${LARGEST_FILE}`);
      }
      return readZipEntry(bytes, entry);
    },
    async open(entry) {
      try {
        return await (entry.isDeflated ? hold(entry) : locateStored(bytes, entry));
      } catch (error) {
        if (!(error instanceof DecodeProblem)) throw error;
        throw new UserError(`expected a whole zip archive, but ${entry.path} ${error.message}: ${path}`, {
          hint: 'Fetch or pack it again.',
          exitCode: 2,
          cause: error,
        });
      }
    },
  });
  const isMisnamed = refused.some((entry) => entry.endsWith(`(${NOT_UTF8})`));
  const notes = [...(tree.notes ?? []), ...(isMisnamed ? [`unpack it${unpackByEncoding(path, index)}`] : [])];
  return { ...tree, notes, close: bytes.close };
}
