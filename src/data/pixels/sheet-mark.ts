import { crc32 } from 'node:zlib';

/** Bytes of a PNG's signature and of its first chunk, IHDR: what comes before the mark. */
const BEFORE = 33;

const TEXT = Buffer.from('tEXtSoftware\0cl-data contact sheet', 'latin1');

/** The chunk that says who made a picture (PNG specification, 11.3.4.3): length, type and text, checksum. */
const MARK = Buffer.concat([uint32(TEXT.length - 4), TEXT, uint32(crc32(TEXT))]);

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** Bytes of a file's beginning that show whether it is marked. */
export const MARKED_HEAD = BEFORE + MARK.length;

/** A PNG with the mark of contact sheets, by which they are told from images. */
export function markSheet(png: Uint8Array): Uint8Array {
  return Buffer.concat([png.subarray(0, BEFORE), MARK, png.subarray(BEFORE)]);
}

/** Whether a file begins as a contact sheet does. */
export function isMarkedSheet(head: Uint8Array): boolean {
  return Buffer.compare(head.subarray(BEFORE, MARKED_HEAD), MARK) === 0;
}
