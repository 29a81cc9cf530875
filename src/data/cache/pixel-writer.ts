import { type FileHandle, open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import type { SkippedImage } from '../sources/bad-images.ts';
import { hashTail, MAGIC, type PixelFile, type PixelHeader, readerOf } from './pixel-file.ts';

/** A file of pixels that is being written. */
export interface PixelWriter {
  /** Puts images behind those that are there: uint8 [n, height, width, 3]. */
  append(pixels: Uint8Array): Promise<void>;
  /** Writes the end, brings all to the disk, and gives the file for reading. */
  finish(bad: readonly SkippedImage[]): Promise<PixelFile>;
  close(): Promise<void>;
}

/** Writes all bytes; a short write, which a full disk may give, is followed by another that tells why. */
async function writeFully(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, written, bytes.length - written, position + written);
    written += bytesWritten;
  }
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
      const tail = Buffer.concat([sums, json, length, hashTail(sums, json, length)]);
      await writeFully(file, tail, end());
      await file.sync();
      return readerOf(file, { path, bytes: end() + tail.length }, header, checksums);
    },
    close: () => file.close(),
  };
}
