import { isUtf8 } from 'node:buffer';
import type { ParquetParsers } from 'hyparquet';

const utf8 = new TextDecoder();

const asBytes = (bytes: Uint8Array | undefined): Uint8Array | undefined => bytes;

/**
 * Text, or the bytes where they are not UTF-8: replacement characters would make one class of several. Shapes are no
 * labels, and stay bytes.
 */
export const TEXT_PARSERS: Partial<ParquetParsers> = {
  stringFromBytes: (bytes: Uint8Array | undefined) => (bytes && isUtf8(bytes) ? utf8.decode(bytes) : bytes),
  geometryFromBytes: asBytes,
  geographyFromBytes: asBytes,
};
