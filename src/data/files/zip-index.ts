import { isUtf8 } from 'node:buffer';
import {
  type Entry,
  fromRandomAccessReaderPromise,
  getFileNameLowLevel,
  RandomAccessReader,
  type ZipFile,
} from 'yauzl';
import { UserError } from '../../util/errors.ts';
import type { Bytes } from './bytes.ts';
import { safePath } from './paths.ts';

/** A file inside a zip archive. */
export interface ZipEntry {
  readonly path: string;
  /** Bytes, as the directory at the archive's end says: unpacked and as stored. */
  readonly size: number;
  readonly packedSize: number;
  readonly isDeflated: boolean;
  /** CRC-32 of its content. */
  readonly checksum: number;
  /** Byte offset of its own header, and how long that is likely to be. */
  readonly offset: number;
  readonly headerBytes: number;
}

/** What a zip archive holds. */
export interface ZipIndex {
  readonly files: readonly ZipEntry[];
  /** Links, devices, paths that climb out, names that are no text, and what can't be unpacked. */
  readonly refused: readonly string[];
  /** The bytes of some names that are not UTF-8. */
  readonly misnamed: readonly Uint8Array[];
}

/** A zip archive that doesn't follow the format; the message is the reason. */
export class ZipProblem extends Error {
  constructor(reason: string, options?: ErrorOptions) {
    super(reason, options);
    this.name = 'ZipProblem';
  }
}

/** Bytes that are read at once; the directory at an archive's end is read from front to back. */
const WINDOW = 256 * 1024;

const [STORED, DEFLATED] = [0, 8];
const METHODS: Readonly<Record<number, string>> = {
  9: 'Deflate64',
  12: 'bzip2',
  14: 'LZMA',
  93: 'Zstandard',
  95: 'xz',
};

/** Flags of an entry. */
const [ENCRYPTED, UTF8_NAME] = [0x1, 0x800];

/** The extra field that holds a name in UTF-8 beside one in the writer's own encoding. */
const UNICODE_PATH = 0x7075;

/** The system that an entry was made by, of those whose attributes are a mode, and the kinds of files in a mode. */
const UNIX = 3;
const KINDS: ReadonlyMap<number, string> = new Map([
  [0o120000, 'a link'],
  [0o020000, 'a device'],
  [0o060000, 'a device'],
  [0o010000, 'a pipe'],
  [0o140000, 'a socket'],
]);

/** Bytes of the shortest entry in the directory at an archive's end. */
export const LEAST_ENTRY = 46;

/** Names that are kept to tell their encoding. */
const MOST_NAMES = 1000;

/** Why an entry is left out whose name can't be told. */
export const NOT_UTF8 = 'its name is not UTF-8';

/** Lets yauzl read bytes wherever they are, many small pieces by one read. */
function readerOf(bytes: Bytes): RandomAccessReader {
  const reader = Reflect.construct(RandomAccessReader, []) as RandomAccessReader;
  let [window, start]: [Uint8Array, number] = [new Uint8Array(0), 0];
  reader.read = (buffer, offset, length, position, callback) => {
    const read = async (): Promise<void> => {
      if (position < start || position + length > start + window.length) {
        [window, start] = [await bytes.readAt(position, Math.max(WINDOW, length)), position];
      }
      const part = window.subarray(position - start, position - start + length);
      if (part.length < length) throw new Error('it ends early');
      buffer.set(part, offset);
    };
    read().then(() => callback(null), callback);
  };
  return reader;
}

/**
 * A name as text: UTF-8, said or not, beside a name in another encoding or alone; undefined for other bytes, whose
 * encoding is not told: a wrong one could merge folders, as byte 0x5C does, a backslash or half a letter in Shift-JIS.
 */
function nameOf({ fileNameRaw, extraFields }: Entry): string | undefined {
  const hasOther = extraFields.some(({ id }) => id === UNICODE_PATH);
  const name = getFileNameLowLevel(UTF8_NAME, fileNameRaw, extraFields, false);
  return (hasOther || !isUtf8(fileNameRaw)) && name.includes('\ufffd') ? undefined : name;
}

/** Why an entry is not read; undefined where it is. */
function refusal(entry: Entry, path: string | undefined): string | undefined {
  const { versionMadeBy, externalFileAttributes, compressionMethod, generalPurposeBitFlag } = entry;
  if (path === undefined) return 'leads out of the archive';
  const kind = versionMadeBy >>> 8 === UNIX ? KINDS.get((externalFileAttributes >>> 16) & 0o170000) : undefined;
  if (kind !== undefined) return kind;
  if ((generalPurposeBitFlag & ENCRYPTED) !== 0) return 'encrypted';
  if (compressionMethod === STORED || compressionMethod === DEFLATED) return undefined;
  return `compressed by ${METHODS[compressionMethod] ?? `method ${compressionMethod}`}`;
}

async function open(bytes: Bytes): Promise<ZipFile> {
  const options = { autoClose: false, decodeStrings: false, validateEntrySizes: false };
  try {
    return await fromRandomAccessReaderPromise(readerOf(bytes), bytes.size, options);
  } catch (error) {
    throw new ZipProblem((error as Error).message, { cause: error });
  }
}

/** Whether bytes begin as a zip archive does. */
export function isZip(head: Uint8Array): boolean {
  const [p, k, a, b] = head;
  return p === 0x50 && k === 0x4b && ((a === 3 && b === 4) || (a === 5 && b === 6));
}

/**
 * How many entries a zip archive says that it has, folders too.
 *
 * @throws ZipProblem where it is damaged.
 */
export async function countZipEntries(bytes: Bytes): Promise<number> {
  const zip = await open(bytes);
  zip.close();
  return zip.entryCount;
}

/**
 * Lists the files of a zip archive (also zip64) by the directory at its end.
 *
 * @throws ZipProblem where it is damaged or in several parts.
 */
export async function indexZip(bytes: Bytes): Promise<ZipIndex> {
  const files: ZipEntry[] = [];
  const refused: string[] = [];
  const misnamed: Uint8Array[] = [];
  const zip = await open(bytes);
  try {
    for await (const entry of zip.eachEntry()) {
      const name = nameOf(entry);
      const shown = name ?? entry.fileNameRaw.toString();
      if (shown.endsWith('/')) continue;
      const path = /^[a-z]:/i.test(shown) ? undefined : safePath(shown);
      const reason = name === undefined ? NOT_UTF8 : refusal(entry, path);
      if (name === undefined && misnamed.length < MOST_NAMES) misnamed.push(entry.fileNameRaw);
      if (reason !== undefined || path === undefined) {
        refused.push(`${shown} (${reason})`);
        continue;
      }
      files.push({
        path,
        size: entry.uncompressedSize,
        packedSize: entry.compressedSize,
        isDeflated: entry.compressionMethod === DEFLATED,
        checksum: entry.crc32,
        offset: entry.relativeOffsetOfLocalHeader,
        headerBytes: 30 + entry.fileNameLength + Math.max(64, entry.extraFieldLength),
      });
    }
    // Typed as a boolean by mistake. The count has 16 bits, which writers without zip64 let overflow.
    const [first, second, third, fourth] = await bytes.readAt(Number(zip.readEntryCursor), 4);
    if (first === 0x50 && second === 0x4b && third === 1 && fourth === 2) {
      throw new Error(`it has more than the ${zip.entryCount} entries that it says`);
    }
    return { files, refused, misnamed };
  } catch (error) {
    // Of the file or the disk, not of what the archive holds.
    if (error instanceof UserError || 'syscall' in (error as Error)) throw error;
    throw new ZipProblem((error as Error).message, { cause: error });
  } finally {
    zip.close();
  }
}
