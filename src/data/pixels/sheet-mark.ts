import { crc32 } from 'node:zlib';

/** Bytes of a PNG's signature and of its first chunk, IHDR: what comes before the mark. */
const BEFORE = 33;

const TEXT = Buffer.from('tEXtSoftware\0cl-data contact sheet', 'latin1');

/** The chunk that says who made a picture (PNG specification, 11.3.4.3): length, type and text, checksum. */
const MARK = Buffer.concat([uint32(TEXT.length - 4), TEXT, uint32(crc32(TEXT))]);

/** JPEG's start of image, which comes before the mark. */
const JPEG_START = Buffer.from([0xff, 0xd8]);

const COMMENT = Buffer.from('cl-data contact sheet', 'latin1');

/** The comment segment that says the same (ITU-T T.81, B.2.4.5): marker, length with itself, text. */
const JPEG_MARK = Buffer.concat([Buffer.from([0xff, 0xfe, 0, COMMENT.length + 2]), COMMENT]);

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** Bytes of a file's beginning that show whether it is marked. */
export const MARKED_HEAD = BEFORE + MARK.length;

function isJpeg(bytes: Uint8Array): boolean {
  return Buffer.compare(bytes.subarray(0, JPEG_START.length), JPEG_START) === 0;
}

/** A PNG or JPEG with the mark of contact sheets, by which they are told from images. */
export function markSheet(picture: Uint8Array): Uint8Array {
  const [before, mark] = isJpeg(picture) ? [JPEG_START.length, JPEG_MARK] : [BEFORE, MARK];
  return Buffer.concat([picture.subarray(0, before), mark, picture.subarray(before)]);
}

/** Whether a file begins as a contact sheet does. */
export function isMarkedSheet(head: Uint8Array): boolean {
  const [before, mark] = isJpeg(head) ? [JPEG_START.length, JPEG_MARK] : [BEFORE, MARK];
  return Buffer.compare(head.subarray(before, before + mark.length), mark) === 0;
}
