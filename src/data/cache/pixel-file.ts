import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import type { SkippedImage } from '../bad-images.ts';

// A file of decoded images:
//   "clpixels"                       8 bytes
//   pixels                           uint8 [count, height, width, 3]; a bad image's are zeros
//   CRC-32 of each image's pixels    uint32 little-endian [count]
//   what they are                    JSON
//   length of the JSON               uint32 little-endian
//   SHA-256 of all after the pixels  32 bytes
// What is not complete has no valid end, so that it is never taken for one.

/** What a file of pixels says about them. */
export interface PixelHeader {
  readonly count: number;
  /** Pixels. */
  readonly height: number;
  readonly width: number;
  /** Images without pixels. */
  readonly bad: readonly SkippedImage[];
}

/** Images in a file, read by their place. */
export interface PixelFile extends PixelHeader {
  /** Bytes of the file. */
  readonly bytes: number;
  /**
   * Copies images, checked, into uint8 [places.length, height, width, 3]; they are read in the order of the file.
   *
   * @throws DamagedPixels where the file no longer holds what was written.
   */
  read(places: ArrayLike<number>, out: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/** A file of pixels that doesn't hold what was written; the message is the reason. */
export class DamagedPixels extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'DamagedPixels';
  }
}

const MAGIC = Buffer.from('clpixels');
const TAIL_BYTES = 4 + 32;
/** Bytes; a list of thousands of bad images takes a fraction. */
const LARGEST_JSON = 64 * 2 ** 20;
/** Bytes that neighbours are read in at once. */
const LARGEST_READ = 4 * 2 ** 20;
/** Reads side by side: enough to keep an SSD busy, few enough to leave threads to TensorFlow. */
const CONCURRENCY = 4;

/** Bytes of a file with these images, when none is bad. */
export function pixelFileBytes({ count, height, width }: Omit<PixelHeader, 'bad'>): number {
  return MAGIC.length + count * (height * width * 3 + 4) + TAIL_BYTES;
}

async function readFully(file: FileHandle, out: Uint8Array, position: number): Promise<void> {
  for (let filled = 0; filled < out.length; ) {
    const { bytesRead } = await file.read(out, filled, out.length - filled, position + filled);
    if (bytesRead === 0) throw new DamagedPixels('is cut short');
    filled += bytesRead;
  }
}

/** Writes all bytes; a short write, which a full disk may give, is followed by another that tells why. */
async function writeFully(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, written, bytes.length - written, position + written);
    written += bytesWritten;
  }
}

function checkHeader(header: unknown): PixelHeader {
  const { count, height, width, bad } = header as PixelHeader;
  const isSize = [count, height, width].every((value) => Number.isSafeInteger(value) && value > 0);
  if (isSize && Array.isArray(bad)) return { count, height, width, bad };
  throw new DamagedPixels('has a damaged header');
}

/** A written file's images, given their checksums. */
function readerOf(file: FileHandle, bytes: number, header: PixelHeader, checksums: Uint32Array): PixelFile {
  const stride = header.height * header.width * 3;
  const perRead = Math.max(1, Math.floor(LARGEST_READ / stride));
  return {
    ...header,
    bytes,
    async read(places, out) {
      const order = Array.from(places, (place, row) => ({ place, row })).sort((a, b) => a.place - b.place);
      let next = 0;
      const work = async (): Promise<void> => {
        while (next < order.length) {
          const first = next++;
          const { place, row } = order[first] as { place: number; row: number };
          // Neighbours that go to neighbours come in one read.
          while (next < order.length && next - first < perRead) {
            const other = order[next];
            if (other?.place !== place + next - first || other.row !== row + next - first) break;
            next++;
          }
          const count = next - first;
          const pixels = out.subarray(row * stride, (row + count) * stride);
          await readFully(file, pixels, MAGIC.length + place * stride);
          for (let i = 0; i < count; i++) {
            if (crc32(pixels.subarray(i * stride, (i + 1) * stride)) === checksums[place + i]) continue;
            throw new DamagedPixels(`has other bytes than were written (image ${place + i})`);
          }
        }
      };
      await Promise.all(Array.from({ length: CONCURRENCY }, work));
    },
    close: () => file.close(),
  };
}

/**
 * Opens a file of pixels and checks all but the pixels, which are checked as they are read.
 *
 * @throws DamagedPixels where it is no such file, or not a whole one; system errors where it can't be read.
 */
export async function openPixelFile(path: string): Promise<PixelFile> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const [magic, tail] = [Buffer.alloc(MAGIC.length), Buffer.alloc(TAIL_BYTES)];
    if (size < magic.length + tail.length) throw new DamagedPixels('is cut short');
    await readFully(file, magic, 0);
    await readFully(file, tail, size - tail.length);
    if (!magic.equals(MAGIC)) throw new DamagedPixels('is of another kind');
    const length = tail.readUInt32LE(0);
    if (length > LARGEST_JSON || length > size) throw new DamagedPixels('has a damaged header');
    const json = Buffer.alloc(length);
    await readFully(file, json, size - tail.length - length);
    const header = checkHeader(parse(json));
    if (size !== pixelFileBytes(header) + length) throw new DamagedPixels('is cut short');
    const checksums = new Uint32Array(header.count);
    const sums = Buffer.from(checksums.buffer);
    await readFully(file, sums, size - tail.length - length - sums.length);
    if (!hashOf(sums, json, tail.subarray(0, 4)).equals(tail.subarray(4))) {
      throw new DamagedPixels('has a damaged header');
    }
    return readerOf(file, size, header, checksums);
  } catch (error) {
    await file.close();
    throw error;
  }
}

function parse(json: Buffer): unknown {
  try {
    return JSON.parse(json.toString());
  } catch {
    throw new DamagedPixels('has a damaged header');
  }
}

function hashOf(...parts: readonly Uint8Array[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

/** A file of pixels that is being written. */
export interface PixelWriter {
  /** Puts images behind those that are there: uint8 [n, height, width, 3]. */
  append(pixels: Uint8Array): Promise<void>;
  /** Writes the end, brings all to the disk, and gives the file for reading. */
  finish(bad: readonly SkippedImage[]): Promise<PixelFile>;
  close(): Promise<void>;
}

/** Begins a file of pixels, which must not exist yet; only its owner may read it. */
export async function createPixelFile(path: string, size: Omit<PixelHeader, 'bad'>): Promise<PixelWriter> {
  const { count, height, width } = size;
  const file = await open(path, 'wx+', 0o600);
  const stride = height * width * 3;
  const checksums = new Uint32Array(count);
  let rows = 0;
  const end = (): number => MAGIC.length + rows * stride;
  return {
    async append(pixels) {
      if (rows === 0) await writeFully(file, MAGIC, 0);
      await writeFully(file, pixels, end());
      for (let from = 0; from < pixels.length; from += stride) {
        checksums[rows++] = crc32(pixels.subarray(from, from + stride));
      }
    },
    async finish(bad) {
      if (rows !== count) throw new RangeError(`expected ${count} images, got ${rows}`);
      const header: PixelHeader = { count, height, width, bad };
      const json = Buffer.from(JSON.stringify(header));
      const length = Buffer.alloc(4);
      length.writeUInt32LE(json.length);
      const sums = Buffer.from(checksums.buffer);
      const tail = Buffer.concat([sums, json, length, hashOf(sums, json, length)]);
      await writeFully(file, tail, end());
      await file.sync();
      return readerOf(file, end() + tail.length, header, checksums);
    },
    close: () => file.close(),
  };
}
