import { isUtf8 } from 'node:buffer';
import type { ReadAt } from './bytes.ts';
import { LARGEST_LABEL_FILE, type LabelReader, type LabelValue } from './label-files.ts';
import { safePath } from './paths.ts';
import { BLOCK, isTarHeader, nameOf, readField, readNumber, storedBytes, utf8 } from './tar-header.ts';

/** A file inside a tar archive. */
export interface TarEntry {
  readonly path: string;
  /** Byte offset of its content in the (uncompressed) archive. */
  readonly offset: number;
  /** Bytes. */
  readonly size: number;
  /** What a file that tells an image's label says. */
  readonly label?: LabelValue | undefined;
}

/** What a tar archive holds. */
export interface TarIndex {
  readonly files: readonly TarEntry[];
  /** Links, devices and paths that climb out, which are never followed, and names that are no text. */
  readonly refused: readonly string[];
}

/** Headers of small files lie close together, so that one read brings several; large files skip past it. */
const WINDOW = 16 * 1024;
/** Bytes; a PAX header or GNU long name that claims more is damage. */
const LARGEST_METADATA = 2 ** 20;

const REFUSED_TYPES: Readonly<Record<string, string>> = {
  '1': 'a link',
  '2': 'a link',
  '3': 'a device',
  '4': 'a device',
  '6': 'a pipe',
  S: 'a file with holes',
};

/** A tar archive that doesn't follow the format; the message is the reason. */
export class TarProblem extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'TarProblem';
  }
}

/**
 * The records of a PAX header: `<length> <key>=<value>\n` each, where the length counts its own digits. Values may be
 * any bytes.
 */
function readPax(bytes: Uint8Array): Map<string, Uint8Array> {
  const records = new Map<string, Uint8Array>();
  for (let start = 0; start < bytes.length; ) {
    const space = bytes.indexOf(0x20, start);
    const length = Number(utf8.decode(bytes.subarray(start, space === -1 ? start : space)));
    if (!Number.isInteger(length) || length < 4 || start + length > bytes.length) break;
    const record = bytes.subarray(space + 1, start + length - 1);
    const equals = record.indexOf(0x3d);
    records.set(utf8.decode(record.subarray(0, Math.max(0, equals))), record.subarray(equals + 1));
    start += length;
  }
  return records;
}

/** An entry's path; Windows' separators part folders, as in zip archives, and a drive leads out of the archive. */
function pathOf(name: string): string | undefined {
  return /^[a-z]:\\/i.test(name) ? undefined : safePath(name.replaceAll('\\', '/'));
}

/** An entry of a tar archive that is neither a folder nor about another entry. */
interface Found {
  /** As it stands. */
  readonly name: string;
  readonly path: string;
  readonly offset: number;
  readonly size: number;
  /** Why it is not read; undefined for a file. */
  readonly refused: string | undefined;
}

/** Reads bytes that mostly lie close together. */
function createPeek(readAt: ReadAt): ReadAt {
  let [window, start]: [Uint8Array, number] = [new Uint8Array(0), 0];
  return async (offset, length) => {
    if (offset < start || offset + length > start + window.length) {
      [window, start] = [await readAt(offset, Math.max(WINDOW, length)), offset];
    }
    return window.subarray(offset - start, offset - start + length);
  };
}

/** Goes through the headers of a tar archive; `take` ends it by returning false. */
async function walkTar(
  peek: ReadAt,
  readAt: ReadAt,
  totalBytes: number,
  take: (found: Found) => boolean | Promise<boolean>,
): Promise<void> {
  if (totalBytes === 0) throw new TarProblem('is empty (0 bytes)');
  let longName: Uint8Array | undefined;
  let pax = new Map<string, Uint8Array>();
  for (let offset = 0; offset < totalBytes; ) {
    const block = await peek(offset, BLOCK);
    if (block.length === BLOCK && block.every((byte) => byte === 0)) break;
    if (!isTarHeader(block)) throw new TarProblem(`has no valid header at byte ${offset}`);
    const type = String.fromCharCode(block[156] as number);
    const isMetadata = 'xgLK'.includes(type);
    const paxSize = isMetadata ? undefined : pax.get('size');
    const size = paxSize === undefined ? readNumber(block, 124, 12) : Number(utf8.decode(paxSize));
    const content = offset + BLOCK;
    if (!Number.isSafeInteger(size) || size < 0) throw new TarProblem(`has an entry without a size at byte ${offset}`);
    const stored = storedBytes(type, size);
    if (content + stored > totalBytes)
      throw new TarProblem(`ends within an entry (at byte ${totalBytes}); it is cut short`);
    offset = content + Math.ceil(stored / BLOCK) * BLOCK;
    if (isMetadata) {
      if (size > LARGEST_METADATA) throw new TarProblem(`has ${size} bytes of metadata at byte ${content}`);
      const bytes = await readAt(content, size);
      if (type === 'x') pax = readPax(bytes);
      if (type === 'L') longName = readField(bytes, 0, bytes.length);
      continue;
    }
    const bytes = pax.get('path') ?? longName ?? nameOf(block);
    const name = utf8.decode(bytes);
    if (longName !== undefined || pax.size > 0) [longName, pax] = [undefined, new Map()];
    if (type === '5' || /[\\/]$/.test(name)) continue;
    const path = pathOf(name);
    const isFile = type === '0' || type === '\0' || type === '7';
    const refused = !isUtf8(bytes)
      ? 'its name is not UTF-8'
      : path === undefined
        ? 'leads out of the archive'
        : isFile
          ? undefined
          : (REFUSED_TYPES[type] ?? `of type ${type}`);
    if (!(await take({ name, path: path ?? '', offset: content, size, refused }))) return;
  }
}

/** How a tar archive is listed. */
export interface TarListing {
  /** The way to read a label out of a file, or undefined for other files. */
  readonly labelReaderOf?: ((path: string) => LabelReader | undefined) | undefined;
  /** Entries at most (default: as many as there are); what is listed then ends behind the first one more. */
  readonly most?: number | undefined;
}

/**
 * Lists the files of a tar archive (ustar, PAX, GNU and the older form) by reading its headers and what tells labels.
 *
 * @throws TarProblem where a header is damaged, the archive ends within a file, or there is nothing at all.
 */
export async function indexTar(
  readAt: ReadAt,
  totalBytes: number,
  { labelReaderOf, most = Number.POSITIVE_INFINITY }: TarListing = {},
): Promise<TarIndex> {
  const files: TarEntry[] = [];
  const refusals: string[] = [];
  const peek = createPeek(readAt);
  await walkTar(peek, readAt, totalBytes, async ({ name, path, offset, size, refused }) => {
    if (refused !== undefined) refusals.push(`${name} (${refused})`);
    else {
      const reader = size > LARGEST_LABEL_FILE ? undefined : labelReaderOf?.(path);
      files.push({ path, offset, size, label: reader?.(await peek(offset, size)) });
    }
    return files.length + refusals.length <= most;
  });
  return { files, refused: refusals };
}

/**
 * Counts the entries of a tar archive without keeping any, up to one more than `most`.
 *
 * @throws TarProblem as `indexTar` does.
 */
export async function countTarEntries(readAt: ReadAt, totalBytes: number, most: number): Promise<number> {
  let count = 0;
  await walkTar(createPeek(readAt), readAt, totalBytes, () => ++count <= most);
  return count;
}
