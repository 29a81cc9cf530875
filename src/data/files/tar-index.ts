import type { ReadAt } from './bytes.ts';
import { LARGEST_LABEL_FILE, type LabelReader } from './label-files.ts';

/** A file inside a tar archive. */
export interface TarEntry {
  readonly path: string;
  /** Byte offset of its content in the (uncompressed) archive. */
  readonly offset: number;
  /** Bytes. */
  readonly size: number;
  /** What a file that tells an image's label says. */
  readonly label?: string | undefined;
}

/** What a tar archive holds. */
export interface TarIndex {
  readonly files: readonly TarEntry[];
  /** Links, devices and paths that climb out, which are never followed. */
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

const utf8 = new TextDecoder();

function readField(block: Uint8Array, start: number, length: number): string {
  const field = block.subarray(start, start + length);
  const end = field.indexOf(0);
  return utf8.decode(end === -1 ? field : field.subarray(0, end));
}

/** Octal digits, or GNU's base 256 for numbers that don't fit them. */
function readNumber(block: Uint8Array, start: number, length: number): number {
  const field = block.subarray(start, start + length);
  if (((field[0] as number) & 0x80) !== 0) {
    return field.reduce((value, byte, i) => value * 256 + (i === 0 ? byte & 0x7f : byte), 0);
  }
  const digits = readField(block, start, length).trim();
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

/** The records of a PAX header: `<length> <key>=<value>\n` each, where the length counts its own digits. */
function readPax(bytes: Uint8Array): Map<string, string> {
  const records = new Map<string, string>();
  for (let start = 0; start < bytes.length; ) {
    const space = bytes.indexOf(0x20, start);
    const length = Number(utf8.decode(bytes.subarray(start, space === -1 ? start : space)));
    if (!Number.isInteger(length) || length < 4 || start + length > bytes.length) break;
    const [key = '', ...value] = utf8.decode(bytes.subarray(space + 1, start + length - 1)).split('=');
    records.set(key, value.join('='));
    start += length;
  }
  return records;
}

/** A path without `./`, or undefined for one that is absolute or climbs out. */
function safePath(path: string): string | undefined {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  return path.startsWith('/') || parts.includes('..') || path.includes('\0') ? undefined : parts.join('/');
}

function nameOf(block: Uint8Array): string {
  const name = readField(block, 0, 100);
  const isPosix = readField(block, 257, 6) === 'ustar' && block[262] === 0;
  const prefix = isPosix ? readField(block, 345, 155) : '';
  return prefix === '' ? name : `${prefix}/${name}`;
}

/**
 * Lists the files of a tar archive (ustar, PAX, GNU and the older form) by reading its headers and what tells labels.
 *
 * @param labelReaderOf the way to read a label out of a file, or undefined for other files.
 * @throws TarProblem where a header is damaged or the archive ends within a file.
 */
export async function indexTar(
  readAt: ReadAt,
  totalBytes: number,
  labelReaderOf: (path: string) => LabelReader | undefined = () => undefined,
): Promise<TarIndex> {
  const files: TarEntry[] = [];
  const refused: string[] = [];
  let [window, windowStart]: [Uint8Array, number] = [new Uint8Array(0), 0];
  const peek = async (offset: number, length: number): Promise<Uint8Array> => {
    if (offset < windowStart || offset + length > windowStart + window.length) {
      [window, windowStart] = [await readAt(offset, Math.max(WINDOW, length)), offset];
    }
    return window.subarray(offset - windowStart, offset - windowStart + length);
  };
  const readLabel = async (path: string, offset: number, size: number): Promise<string | undefined> => {
    const reader = size > LARGEST_LABEL_FILE ? undefined : labelReaderOf(path);
    return reader?.(await peek(offset, size));
  };

  let longName: string | undefined;
  let pax = new Map<string, string>();
  for (let offset = 0; offset < totalBytes; ) {
    const block = await peek(offset, BLOCK);
    if (block.length === BLOCK && block.every((byte) => byte === 0)) break;
    if (!isTarHeader(block)) throw new TarProblem(`has no valid header at byte ${offset}`);
    const type = String.fromCharCode(block[156] as number);
    const isMetadata = 'xgLK'.includes(type);
    const size = isMetadata ? readNumber(block, 124, 12) : Number(pax.get('size') ?? readNumber(block, 124, 12));
    const content = offset + BLOCK;
    if (!Number.isSafeInteger(size) || size < 0) throw new TarProblem(`has an entry without a size at byte ${offset}`);
    // Only links' and folders' sizes are ever wrong: some writers put the target's there, without its content.
    const stored = '123456'.includes(type) ? 0 : size;
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
    const name = pax.get('path') ?? longName ?? nameOf(block);
    [longName, pax] = [undefined, new Map()];
    if (type === '5' || name.endsWith('/')) continue;
    const path = safePath(name);
    if (path === undefined) refused.push(`${name} (leads out of the archive)`);
    else if (type === '0' || type === '\0' || type === '7')
      files.push({ path, offset: content, size, label: await readLabel(path, content, size) });
    else refused.push(`${name} (${REFUSED_TYPES[type] ?? `of type ${type}`})`);
  }
  return { files, refused };
}
