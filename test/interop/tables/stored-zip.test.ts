import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import yauzl from 'yauzl';
import { storedZip, type ZipContent } from '../../../src/interop/tables/stored-zip.ts';
import { joinPieces } from './tables.ts';

const open = promisify<Buffer, yauzl.Options, yauzl.ZipFile>(yauzl.fromBuffer);

/** The entries of an archive, read by another library, which compares sizes and checksums. */
async function unzip(archive: Buffer): Promise<[name: string, content: Buffer][]> {
  const file = await open(archive, { lazyEntries: true });
  const found: [string, Buffer][] = [];
  for await (const entry of file.eachEntry()) {
    const stream = await file.openReadStreamPromise(entry);
    found.push([entry.fileName, await buffer(stream)]);
  }
  return found;
}

const content = (name: string, ...parts: readonly string[]): ZipContent => ({
  name,
  bytes: Buffer.byteLength(parts.join('')),
  async *pieces() {
    for (const part of parts) yield Buffer.from(part);
  },
});

const CONTENTS = [content('a.npy', 'first ', 'second'), content('ü.npy', ''), content('b.npy', 'x'.repeat(300))];

test.each([
  ['32 bits', undefined],
  ['64 bits where 32 are too few', 100],
  ['64 bits everywhere', 0],
])('an archive is read back: %s', async (_, largeFrom) => {
  const archive = await joinPieces(storedZip(CONTENTS, largeFrom));
  expect(await unzip(archive)).toEqual([
    ['a.npy', Buffer.from('first second')],
    ['ü.npy', Buffer.from('')],
    ['b.npy', Buffer.from('x'.repeat(300))],
  ]);
});

test('a content of another length than it says is a mistake', async () => {
  const wrong = { ...content('a.npy', 'abc'), bytes: 4 };
  await expect(joinPieces(storedZip([wrong]))).rejects.toThrow('Expected 4 bytes of a.npy, got 3.');
});
