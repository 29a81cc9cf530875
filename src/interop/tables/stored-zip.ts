import { crc32 } from 'node:zlib';

/** A file of an archive, of known length, whose content can be made more than once. */
export interface ZipContent {
  readonly name: string;
  readonly bytes: number;
  pieces(): AsyncIterable<Uint8Array>;
}

/** What stands where a number needs 64 bits, which then follow in an extra field. */
const LARGE = 0xffff_ffff;

/** 1 January 1980, the first day that zip knows: no times, so that equal contents give equal bytes. */
const DATE = 0x0021;
const TIME = 0;

/** Versions of the format that readers must know: 2.0, and 4.5 for 64 bits. */
const version = (isLarge: boolean): number => (isLarge ? 45 : 20);

interface Entry {
  readonly name: Buffer;
  readonly bytes: number;
  readonly crc: number;
  /** Where its local header begins. */
  readonly offset: number;
  /** Numbers from here on take 64 bits. */
  readonly largeFrom: number;
}

/** Extra field 0x0001 with numbers of 64 bits. */
function zip64Field(values: readonly number[]): Buffer {
  if (values.length === 0) return Buffer.alloc(0);
  const field = Buffer.alloc(4 + 8 * values.length);
  field.writeUInt16LE(1, 0);
  field.writeUInt16LE(8 * values.length, 2);
  values.forEach((value, i) => void field.writeBigUInt64LE(BigInt(value), 4 + 8 * i));
  return field;
}

/** The part that local and central headers share, from the version to the length of the extra field. */
function writeFacts(head: Buffer, at: number, { name, bytes, crc, largeFrom }: Entry, extra: Buffer): void {
  const size = bytes >= largeFrom ? LARGE : bytes;
  head.writeUInt16LE(version(extra.length > 0), at);
  // Names are UTF-8.
  head.writeUInt16LE(0x0800, at + 2);
  head.writeUInt16LE(TIME, at + 6);
  head.writeUInt16LE(DATE, at + 8);
  head.writeUInt32LE(crc, at + 10);
  head.writeUInt32LE(size, at + 14);
  head.writeUInt32LE(size, at + 18);
  head.writeUInt16LE(name.length, at + 22);
  head.writeUInt16LE(extra.length, at + 24);
}

function localHeader(entry: Entry): Buffer {
  const { name, bytes, largeFrom } = entry;
  const extra = zip64Field(bytes >= largeFrom ? [bytes, bytes] : []);
  const head = Buffer.alloc(30);
  head.writeUInt32LE(0x0403_4b50, 0);
  writeFacts(head, 4, entry, extra);
  return Buffer.concat([head, name, extra]);
}

function centralHeader(entry: Entry): Buffer {
  const { name, bytes, offset, largeFrom } = entry;
  const places = offset >= largeFrom ? [offset] : [];
  const extra = zip64Field([...(bytes >= largeFrom ? [bytes, bytes] : []), ...places]);
  const head = Buffer.alloc(46);
  head.writeUInt32LE(0x0201_4b50, 0);
  head.writeUInt16LE(version(extra.length > 0), 4);
  writeFacts(head, 6, entry, extra);
  head.writeUInt32LE(places.length > 0 ? LARGE : offset, 42);
  return Buffer.concat([head, name, extra]);
}

function endRecords(entries: number, start: number, bytes: number, largeFrom: number): Buffer {
  const isLarge = start >= largeFrom || bytes >= largeFrom;
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x0605_4b50, 0);
  end.writeUInt16LE(entries, 8);
  end.writeUInt16LE(entries, 10);
  end.writeUInt32LE(isLarge ? LARGE : bytes, 12);
  end.writeUInt32LE(isLarge ? LARGE : start, 16);
  if (!isLarge) return end;
  const large = Buffer.alloc(56 + 20);
  large.writeUInt32LE(0x0606_4b50, 0);
  large.writeBigUInt64LE(44n, 4);
  large.writeUInt16LE(45, 12);
  large.writeUInt16LE(45, 14);
  large.writeBigUInt64LE(BigInt(entries), 24);
  large.writeBigUInt64LE(BigInt(entries), 32);
  large.writeBigUInt64LE(BigInt(bytes), 40);
  large.writeBigUInt64LE(BigInt(start), 48);
  // Where the record before begins: right behind the central directory.
  large.writeUInt32LE(0x0706_4b50, 56);
  large.writeBigUInt64LE(BigInt(start + bytes), 64);
  large.writeUInt32LE(1, 72);
  return Buffer.concat([large, end]);
}

/**
 * A zip archive of a few stored files, piece by piece, with 64-bit sizes where 32 bits don't hold them (APPNOTE 6.3.9,
 * 4.5.3 and 4.3.14).
 *
 * Each content is made twice: its checksum stands before it.
 *
 * @param largeFrom bytes from which 64 bits are used; readers take them for smaller numbers too.
 * @throws RangeError where a content has another length than it says.
 */
export async function* storedZip(
  contents: readonly ZipContent[],
  largeFrom: number = LARGE,
): AsyncGenerator<Uint8Array> {
  const entries: Entry[] = [];
  let offset = 0;
  for (const { name, bytes, pieces } of contents) {
    let [crc, length] = [0, 0];
    for await (const piece of pieces()) {
      crc = crc32(piece, crc);
      length += piece.length;
    }
    if (length !== bytes) throw new RangeError(`Expected ${bytes} bytes of ${name}, got ${length}.`);
    const entry = { name: Buffer.from(name), bytes, crc, offset, largeFrom };
    const head = localHeader(entry);
    yield head;
    yield* pieces();
    entries.push(entry);
    offset += head.length + bytes;
  }
  const directory = Buffer.concat(entries.map(centralHeader));
  yield directory;
  yield endRecords(entries.length, offset, directory.length, largeFrom);
}
