import { createHash } from 'node:crypto';
import type { Random } from '../../src/util/rng.ts';

/** What is done to a good file, of which there are two: the bytes of a damaged one, or how it is written to a path. */
export type Damage = (bytes: Buffer, random: Random, other: Buffer) => Buffer | ((path: string) => Promise<void>);

/** A JSON object, as in the header of a safetensors file. */
export type Header = Record<string, unknown>;

const CHECKSUM = /"fileSha256":"[^"]*"/;

/** The parts of a safetensors file. */
export function splitFile(bytes: Buffer): { readonly text: string; readonly header: Header; readonly data: Buffer } {
  const length = Number(bytes.readBigUInt64LE());
  const text = bytes.subarray(8, 8 + length).toString();
  return { text, header: JSON.parse(text) as Header, data: Buffer.from(bytes.subarray(8 + length)) };
}

/** A file of a header's text, with its length before it, and data. */
export function joinFile(text: string, data: Uint8Array): Buffer {
  const header = Buffer.from(text);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, data]);
}

/** A file whose checksum is right, so that what is wrong in it has to be found by other means. */
export function sealFile(header: unknown, data: Uint8Array): Buffer {
  const text = typeof header === 'string' ? header : JSON.stringify(header);
  const blank = joinFile(text.replace(CHECKSUM, `"fileSha256":"${'0'.repeat(64)}"`), data);
  const digits = createHash('sha256').update(blank).digest('hex');
  return joinFile(text.replace(CHECKSUM, `"fileSha256":"${digits}"`), data);
}
