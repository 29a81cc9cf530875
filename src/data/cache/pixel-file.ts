import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import type { SkippedImage } from '../sources/bad-images.ts';

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
  readonly path: string;
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

/** What a file begins with. */
export const MAGIC = Buffer.from('clpixels');
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

async function fillFrom(file: FileHandle, out: Uint8Array, position: number): Promise<void> {
  for (let filled = 0; filled < out.length; ) {
    const { bytesRead } = await file.read(out, filled, out.length - filled, position + filled);
    if (bytesRead === 0) throw new DamagedPixels('is cut short');
    filled += bytesRead;
  }
}

function checkHeader(header: unknown): PixelHeader {
  const { count, height, width, bad } = header as PixelHeader;
  const isSize = [count, height, width].every((value) => Number.isSafeInteger(value) && value > 0);
  if (isSize && Array.isArray(bad)) return { count, height, width, bad };
  throw new DamagedPixels('has a damaged header');
}

/** A written file's images, given their checksums. */
export function readerOf(
  file: FileHandle,
  place: Pick<PixelFile, 'path' | 'bytes'>,
  header: PixelHeader,
  checksums: Uint32Array,
): PixelFile {
  const stride = header.height * header.width * 3;
  const perRead = Math.max(1, Math.floor(LARGEST_READ / stride));
  return {
    ...header,
    ...place,
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
          await fillFrom(file, pixels, MAGIC.length + place * stride);
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
    await fillFrom(file, magic, 0);
    await fillFrom(file, tail, size - tail.length);
    if (!magic.equals(MAGIC)) throw new DamagedPixels('is of another kind');
    const length = tail.readUInt32LE(0);
    if (length > LARGEST_JSON || length > size) throw new DamagedPixels('has a damaged header');
    const json = Buffer.alloc(length);
    await fillFrom(file, json, size - tail.length - length);
    const header = checkHeader(parse(json));
    if (size !== pixelFileBytes(header) + length) throw new DamagedPixels('is cut short');
    const checksums = new Uint32Array(header.count);
    const sums = Buffer.from(checksums.buffer);
    await fillFrom(file, sums, size - tail.length - length - sums.length);
    if (!hashTail(sums, json, tail.subarray(0, 4)).equals(tail.subarray(4))) {
      throw new DamagedPixels('has a damaged header');
    }
    return readerOf(file, { path, bytes: size }, header, checksums);
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

/** The digest of a file's end. */
export function hashTail(...parts: readonly Uint8Array[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}
