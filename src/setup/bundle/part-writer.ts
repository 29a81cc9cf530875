import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import type { BundledFile } from './bundle-manifest.ts';

/** Digits of a part's number: `cat part-*` has them in order. */
const DIGITS = 4;

/** Whether a name is one of a part. */
export function isPartName(name: string): boolean {
  return new RegExp(`^part-\\d{${DIGITS}}$`).test(name);
}

/** A part that is being written. */
interface OpenPart {
  readonly name: string;
  readonly file: FileHandle;
  readonly hash: Hash;
  size: number;
}

/**
 * A stream that cuts what is written to it into files of at most `partBytes` in a folder, `part-0001` and so on, and
 * adds each to `parts` when it has reached the disk.
 */
export function partWriter(folder: string, partBytes: number, parts: BundledFile[]): Writable {
  let part: OpenPart | undefined;
  const begin = async (): Promise<OpenPart> => {
    const name = `part-${String(parts.length + 1).padStart(DIGITS, '0')}`;
    return { name, file: await open(join(folder, name), 'wx'), hash: createHash('sha256'), size: 0 };
  };
  const end = async (): Promise<void> => {
    if (part === undefined) return;
    const { name, file, hash, size } = part;
    part = undefined;
    await file.sync();
    await file.close();
    parts.push({ path: name, size, sha256: hash.digest('hex') });
  };
  const write = async (chunk: Buffer): Promise<void> => {
    for (let at = 0; at < chunk.length; ) {
      part ??= await begin();
      const piece = chunk.subarray(at, at + partBytes - part.size);
      part.hash.update(piece);
      await part.file.writeFile(piece);
      part.size += piece.length;
      at += piece.length;
      if (part.size === partBytes) await end();
    }
  };
  const then = (work: Promise<void>, callback: (error?: Error | null) => void): void =>
    void work.then(() => callback(), callback);
  return new Writable({
    write: (chunk: Buffer, _, callback) => then(write(chunk), callback),
    final: (callback) => then(end(), callback),
    destroy: (error, callback) =>
      then(part?.file.close() ?? Promise.resolve(), (failure) => callback(error ?? failure ?? null)),
  });
}
