import { isUtf8 } from 'node:buffer';
import type { ReadAt } from './bytes.ts';
import { LARGEST_LABEL_FILE, type LabelReader, type LabelValue } from './label-files.ts';
import { safePath } from './paths.ts';

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

const BLOCK = 512;
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

/** Keeps a byte order mark, so that names that differ by one stay different. */
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** What stands in a field up to its first zero. */
function readField(block: Uint8Array, start: number, length: number): Uint8Array {
  const field = block.subarray(start, start + length);
  const end = field.indexOf(0);
  return end === -1 ? field : field.subarray(0, end);
}

const readText = (block: Uint8Array, start: number, length: number): string =>
  utf8.decode(readField(block, start, length));

/** Octal digits, or GNU's base 256 for numbers that don't fit them. */
function readNumber(block: Uint8Array, start: number, length: number): number {
  const field = block.subarray(start, start + length);
  if (((field[0] as number) & 0x80) !== 0) {
    return field.reduce((value, byte, i) => value * 256 + (i === 0 ? byte & 0x7f : byte), 0);
  }
  const digits = readText(block, start, length).trim();
  return digits === '' ? 0 : /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number.NaN;
}

function hasRightChecksum(block: Uint8Array): boolean {
  let sum = 8 * 0x20;
  for (let i = 0; i < BLOCK; i++) if (i < 148 || i >= 156) sum += block[i] as number;
  return sum === readNumber(block, 148, 8);
}

/** Whether a block of 512 bytes is a tar header. */
export function isTarHeader(block: Uint8Array): boolean {
  return block.length === BLOCK && block.some((byte) => byte !== 0) && hasRightChecksum(block);
}

/** Only links' and folders' sizes are ever wrong: some writers put the target's there, without its content. */
const storedBytes = (type: string, size: number): number => ('123456'.includes(type) ? 0 : size);

/** The type and the bytes of content that a header of 512 bytes tells; undefined for what is none. */
export function readTarHeader(block: Uint8Array): { type: string; stored: number } | undefined {
  if (!isTarHeader(block)) return undefined;
  const type = String.fromCharCode(block[156] as number);
  return { type, stored: storedBytes(type, readNumber(block, 124, 12)) };
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

function nameOf(block: Uint8Array): Uint8Array {
  const name = readField(block, 0, 100);
  const isPosix = readText(block, 257, 6) === 'ustar' && block[262] === 0;
  const prefix = isPosix ? readField(block, 345, 155) : name.subarray(0, 0);
  return prefix.length === 0 ? name : Buffer.concat([prefix, Buffer.from('/'), name]);
}

/** An entry's path; Windows' separators part folders, as in zip archives, and a drive leads out of the archive. */
function pathOf(name: string): string | undefined {
  return /^[a-z]:\\/i.test(name) ? undefined : safePath(name.replaceAll('\\', '/'));
}

/**
 * Lists the files of a tar archive (ustar, PAX, GNU and the older form) by reading its headers and what tells labels.
 *
 * @param labelReaderOf the way to read a label out of a file, or undefined for other files.
 * @throws TarProblem where a header is damaged, the archive ends within a file, or there is nothing at all.
 */
export async function indexTar(
  readAt: ReadAt,
  totalBytes: number,
  labelReaderOf: (path: string) => LabelReader | undefined = () => undefined,
): Promise<TarIndex> {
  if (totalBytes === 0) throw new TarProblem('is empty (0 bytes)');
  const files: TarEntry[] = [];
  const refused: string[] = [];
  let [window, windowStart]: [Uint8Array, number] = [new Uint8Array(0), 0];
  const peek = async (offset: number, length: number): Promise<Uint8Array> => {
    if (offset < windowStart || offset + length > windowStart + window.length) {
      [window, windowStart] = [await readAt(offset, Math.max(WINDOW, length)), offset];
    }
    return window.subarray(offset - windowStart, offset - windowStart + length);
  };
  const readLabel = async (path: string, offset: number, size: number): Promise<LabelValue | undefined> => {
    const reader = size > LARGEST_LABEL_FILE ? undefined : labelReaderOf(path);
    return reader?.(await peek(offset, size));
  };

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
    [longName, pax] = [undefined, new Map()];
    if (type === '5' || /[\\/]$/.test(name)) continue;
    const path = pathOf(name);
    if (!isUtf8(bytes)) refused.push(`${name} (its name is not UTF-8)`);
    else if (path === undefined) refused.push(`${name} (leads out of the archive)`);
    else if (type === '0' || type === '\0' || type === '7')
      files.push({ path, offset: content, size, label: await readLabel(path, content, size) });
    else refused.push(`${name} (${REFUSED_TYPES[type] ?? `of type ${type}`})`);
  }
  return { files, refused };
}
