import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { createGunzip, createGzip } from 'node:zlib';
import type { ImageRecord, ImageRecords } from '../../data/loading/image-records.ts';
import { writeFileAtomic } from '../../util/atomic-write.ts';

// A run's images as its folder keeps them, gzipped: a line for each, with bytes, hash and name (JSON) between tabs.

/** Bytes of text up to which a list is read; that of a million images has 60 MB. */
const LARGEST = 2 ** 31;

/** Characters that are written, or hashed, at once. */
const PIECE = 2 ** 16;

function* piecesOf({ count, record }: ImageRecords): Generator<string> {
  let piece = '';
  for (let index = 0; index < count; index++) {
    const { name, bytes, hash } = record(index);
    piece += `${bytes ?? ''}\t${hash ?? ''}\t${JSON.stringify(name)}\n`;
    if (piece.length < PIECE) continue;
    yield piece;
    piece = '';
  }
  yield piece;
}

/** A digest of all that is recorded of images, in their order: equal for the same images wherever they lie. */
export function digestOf(records: ImageRecords): string {
  const hash = createHash('sha256');
  for (const piece of piecesOf(records)) hash.update(piece);
  return hash.digest('hex');
}

/** Writes a run's list of images. @throws UserError where it can't be written. */
export async function writeImageList(path: string, records: ImageRecords): Promise<void> {
  const zip = Readable.from(piecesOf(records), { objectMode: true }).pipe(createGzip());
  await writeFileAtomic(path, zip as AsyncIterable<Uint8Array>);
}

/** Reads the list that has a digest; undefined where it is missing, damaged, or of other images. */
export async function readImageList(path: string, digest: string): Promise<ImageRecords | undefined> {
  const hash = createHash('sha256');
  const lines: string[] = [];
  try {
    const text = createGunzip();
    const file = createReadStream(path).on('error', (error) => text.destroy(error));
    const decoder = new TextDecoder();
    let [rest, bytes] = ['', 0];
    for await (const piece of file.pipe(text) as AsyncIterable<Uint8Array>) {
      bytes += piece.length;
      if (bytes > LARGEST) return undefined;
      hash.update(piece);
      const parts = (rest + decoder.decode(piece, { stream: true })).split('\n');
      rest = parts.pop() ?? '';
      for (const line of parts) lines.push(line);
    }
    if (hash.digest('hex') !== digest) return undefined;
  } catch {
    return undefined;
  }
  return { count: lines.length, read: lines.length, record: (index) => parseLine(lines[index] as string) };
}

function parseLine(line: string): ImageRecord {
  const [bytes = '', hash = '', name = ''] = line.split('\t');
  return {
    name: JSON.parse(name) as string,
    bytes: bytes === '' ? undefined : Number(bytes),
    hash: hash === '' ? undefined : hash,
  };
}
