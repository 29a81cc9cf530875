import { execFileSync } from 'node:child_process';
import { truncate, writeFile } from 'node:fs/promises';
import type { Random } from '../../src/util/rng.ts';
import { type Damage, type Header, joinFile, sealFile, splitFile } from './damage-file.ts';

/** Bytes up to the most, most of them of few digits. */
function size(random: Random, least: number, most: number): number {
  return Math.round(least * (most / least) ** random.uniform());
}

const LONGEST = 12e6;
/** The reference implementation refuses headers beyond 100 MB. */
const LARGEST = 98e6;

/** Repeats what a function makes, joined by commas, until the text is so long. */
function list(length: number, make: (index: number) => string): string {
  const parts: string[] = [];
  for (let made = 0, index = 0; made < length; index++) {
    const part = make(index);
    parts.push(part);
    made += part.length + 1;
  }
  return parts.join(',');
}

const empty = (name: string): string => `"${name}":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}`;

/** The metadata of a checkpoint, as text. */
const metadataOf = (bytes: Buffer): string => JSON.stringify(splitFile(bytes).header['__metadata__']);

/** A checkpoint with one entry of its metadata changed, sealed. */
function withMetadata(bytes: Buffer, key: string, value: string): Buffer {
  const { header, data } = splitFile(bytes);
  (header['__metadata__'] as Header)[key] = value;
  return sealFile(header, data);
}

const deep = (length: number, open: string, close: string): string =>
  open.repeat(length / (open.length + close.length)) + close.repeat(length / (open.length + close.length));

/** Files that take time or memory where they are trusted. */
export const BOMBS: Readonly<Record<string, Damage>> = {
  'bomb: empty tensors': (bytes, random) => {
    const names = list(size(random, 1e5, random.integer(8) === 0 ? LARGEST : LONGEST), (i) => empty(String(i)));
    return sealFile(`{"__metadata__":${metadataOf(bytes)},${names}}`, new Uint8Array(0));
  },
  'bomb: a name twice among many': (_, random) => {
    const names = list(size(random, 1e5, LONGEST), (i) => empty(String(i)));
    return joinFile(`{${names},${empty('0')}}`, new Uint8Array(0));
  },
  'bomb: a long string': (bytes, random) => {
    const long = (random.integer(2) ? 'x' : '\u{1f4a3}').repeat(size(random, 1e5, LONGEST) / 4);
    const { header, data } = splitFile(bytes);
    const entry = header['projector.bias'] as Header;
    const place = random.integer(6);
    if (place === 0) return sealFile({ ...header, 'projector.bias': { ...entry, dtype: long } }, data);
    if (place === 1) return sealFile({ ...header, 'projector.bias': { ...entry, shape: long } }, data);
    if (place === 2) return joinFile(JSON.stringify({ ...header, [long]: { ...entry, dtype: 'F9' } }), data);
    if (place === 3) return joinFile(`{"${long}`, data);
    return withMetadata(bytes, place === 4 ? 'formatVersion' : 'progress', long);
  },
  'bomb: a long version, and no good one': (bytes, random) => {
    const { header, data } = splitFile(bytes);
    const metadata = { ...(header['__metadata__'] as Header), toolVersion: 'v'.repeat(size(random, 1e5, LONGEST)) };
    return sealFile({ ...header, __metadata__: { ...metadata, formatVersion: '2' } }, data);
  },
  'bomb: a long checksum': (bytes, random) => {
    const { header, data } = splitFile(bytes);
    const fileSha256 = '0'.repeat(size(random, 1e5, LONGEST));
    return joinFile(
      JSON.stringify({ ...header, __metadata__: { ...(header['__metadata__'] as Header), fileSha256 } }),
      data,
    );
  },
  'bomb: nesting': (_, random) => {
    const length = size(random, 1e5, LONGEST);
    const text = random.integer(2) === 0 ? deep(length, '[', ']') : deep(length, '{"a":', '}').replace(':}', ':0}');
    return joinFile(random.integer(2) === 0 ? text : `{"a":{"dtype":${text}}}`, new Uint8Array(0));
  },
  'bomb: nesting in the progress': (bytes, random) =>
    withMetadata(bytes, 'progress', deep(size(random, 1e5, LONGEST), '[', ']')),
  'bomb: many small values': (bytes, random) => {
    const length = size(random, 1e5, LONGEST);
    const values = list(length, () => ['0', '{}', '[]', '""'][random.integer(4)] as string);
    const keys = list(length, (i) => `"${i}":0`);
    const texts = [
      `[${values}]`,
      `{${keys}}`,
      `{"a":{"dtype":"F32","shape":[${values}],"data_offsets":[0,4]}}`,
      `{"a":{${keys}}}`,
      `{"__metadata__":{${list(length, (i) => `"${i}":"a"`)}}}`,
      `{"__metadata__":[${values}]}`,
    ];
    if (random.integer(4) > 0) return joinFile(texts[random.integer(texts.length)] as string, Buffer.alloc(4));
    return withMetadata(bytes, 'progress', `{"step":1,"epoch":"","more":[${values}]}`);
  },
  'bomb: a shape of many sizes': (_, random) => {
    const sizes = list(size(random, 1e5, LONGEST), () => '1');
    return joinFile(`{"a":{"dtype":"U8","shape":[${sizes}],"data_offsets":[0,4]}}`, Buffer.alloc(4));
  },
  'bomb: a length beyond the file': (bytes, random) => {
    bytes.writeBigUInt64LE(BigInt(size(random, 1e5, 2 ** 62)));
    return bytes;
  },
  'bomb: a hole': (bytes, random) => async (path) => {
    // Takes no space on the disk, and is of that size nevertheless.
    const bytesOfHole = 4 * size(random, 2 ** 28, 2 ** 41);
    const big = { dtype: 'F32', shape: [bytesOfHole / 4], data_offsets: [0, bytesOfHole] };
    const file = joinFile(`{"__metadata__":${metadataOf(bytes)},"big":${JSON.stringify(big)}}`, new Uint8Array(0));
    await writeFile(path, file);
    await truncate(path, file.length + bytesOfHole);
  },
  'bomb: a pipe': () => async (path) => void execFileSync('mkfifo', [path]),
};
