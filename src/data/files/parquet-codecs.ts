import * as zlib from 'node:zlib';
import { type CompressionCodec, snappyUncompress } from 'hyparquet';

/** Unpacks a page into as many bytes as it claims, and never more. */
type Unpack = (input: Uint8Array, size: number) => Uint8Array;

// Only later releases of Node have it.
const unzstd = (zlib as { zstdDecompressSync?: typeof zlib.gunzipSync | undefined }).zstdDecompressSync;

const limit = (size: number): { maxOutputLength: number } => ({ maxOutputLength: Math.max(1, size) });

const UNPACK: Partial<Record<CompressionCodec, Unpack>> = {
  UNCOMPRESSED: (input) => input,
  SNAPPY(input, size) {
    const output = new Uint8Array(size);
    snappyUncompress(input, output);
    return output;
  },
  GZIP: (input, size) => zlib.gunzipSync(input, limit(size)),
  BROTLI: (input, size) => zlib.brotliDecompressSync(input, limit(size)),
  ...(unzstd && { ZSTD: (input: Uint8Array, size: number) => unzstd(input, limit(size)) }),
};

/** The compressions that are read. */
export const CODECS = Object.keys(UNPACK) as CompressionCodec[];

/**
 * Unpacks a page.
 *
 * @param size what it claims to unpack to, bytes.
 * @throws Error for a page that is damaged, or of another size.
 */
export function unpackPage(codec: CompressionCodec, input: Uint8Array, size: number): Uint8Array {
  const unpack = UNPACK[codec];
  if (unpack === undefined) throw new Error(`a page compressed by ${codec}`);
  const output = unpack(input, size);
  if (output.length !== size) throw new Error(`a page of ${output.length} bytes in place of ${size}`);
  return output;
}
