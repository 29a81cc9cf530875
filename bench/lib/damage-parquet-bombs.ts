import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Random } from '../../src/util/rng.ts';
import {
  int32,
  int64,
  list,
  plainTexts,
  type RawColumn,
  type RawPage,
  rawParquet,
  struct,
  text,
  varint,
  withFooter,
} from './damage-parquet.ts';

const PNG = readFileSync(join(import.meta.dirname, '../../test/fixtures/images/grey.png'));
const [INT32, BYTES] = [1, 6];
const [DELTA_INTEGERS, DELTA_TEXTS, INDICES] = [5, 7, 8];

const MIB = 2 ** 20;

/** A gzip file that unpacks to so many mebibytes of zeros; unpackers take files behind each other for one. */
export function gzipZeros(mebibytes: number): Buffer {
  const one = gzipSync(Buffer.alloc(16 * MIB), { level: 9 });
  return Buffer.concat(Array.from({ length: Math.ceil(mebibytes / 16) }, () => one));
}

const images = (rows: number): RawColumn => ({
  name: 'image',
  type: BYTES,
  pages: [{ kind: 'values', values: rows, bytes: plainTexts(Array.from({ length: rows }, () => PNG)) }],
});

/** Sixteen images with a column of labels that is made of these pages. */
const withLabels = (column: Omit<RawColumn, 'name'>, rows = 16): Buffer =>
  rawParquet(rows, [images(rows), { name: 'label', ...column }]);

const labels = (page: Omit<RawPage, 'kind'>, type = INT32): Buffer =>
  withLabels({ type, pages: [{ kind: 'values', ...page }] });

const dictionary: RawPage = { kind: 'dictionary', values: 2, bytes: Buffer.from([0, 0, 0, 0, 1, 0, 0, 0]) };

/** A run of one repeated value of four bits. */
const run = (count: number): Buffer => Buffer.concat([Buffer.of(4), varint(2 * count), Buffer.of(1)]);

const indices = (values: number, count: number): Buffer =>
  withLabels({
    type: INT32,
    pages: [dictionary, { kind: 'values', values, encoding: INDICES, bytes: run(count) }],
  });

const nested = (depth: number, of: (inner: ReturnType<typeof struct>) => ReturnType<typeof struct>): Buffer => {
  let value = struct({ 1: int32(1) });
  for (let i = 0; i < depth; i++) value = of(value);
  return withFooter(Buffer.from('PAR1'), value.bytes);
};

/** A schema whose columns stand inside each other. */
function deepSchema(depth: number): Buffer {
  const elements = Array.from({ length: depth }, () => struct({ 4: text('a'), 5: int32(1) }));
  const footer = struct({ 1: int32(2), 2: list(12, elements), 3: int64(0), 4: list(12, []) });
  return withFooter(Buffer.from('PAR1'), footer.bytes);
}

/** Parquet files that take memory or time where they are trusted. */
export const PARQUET_BOMBS: Readonly<Record<string, (random: Random) => Buffer>> = {
  'a run beyond its page': (random) => indices(16, 2 ** (20 + random.integer(11))),
  'more values than rows': (random) => labels({ values: 2 ** (24 + random.integer(7)) - 1, bytes: Buffer.alloc(64) }),
  'indices of one value': (random) => {
    const values = 2 ** (26 + random.integer(5)) - 1;
    return withLabels({
      type: INT32,
      pages: [dictionary, { kind: 'values', values, encoding: INDICES, bytes: Buffer.of(0) }],
    });
  },
  'a dictionary that unpacks to a gigabyte': () => {
    const packed: RawPage = { kind: 'dictionary', values: 2, unpacked: 1024 * MIB, bytes: gzipZeros(1024) };
    const values: RawPage = { kind: 'values', values: 16, encoding: INDICES, unpacked: 3, bytes: gzipSync(run(16)) };
    return withLabels({ type: INT32, codec: 2, pages: [packed, values] });
  },
  'images that unpack to more than the footer says': (random) => {
    const size = 768 + 16 * random.integer(16);
    const page: RawPage = { kind: 'values', values: 16, unpacked: size * MIB, bytes: gzipZeros(size) };
    return rawParquet(16, [{ name: 'image', type: BYTES, codec: 2, claimed: 4000, pages: [page] }]);
  },
  'pages that unpack to more than all memory': () => {
    const page: RawPage = { kind: 'values', values: 1, unpacked: 128 * MIB, bytes: gzipZeros(128) };
    const pages = Array.from({ length: 16 }, () => page);
    return rawParquet(16, [{ name: 'image', type: BYTES, codec: 2, claimed: 4000, pages }]);
  },
  'texts that share their beginnings': (random) => {
    const rows = 16;
    const values = 2 ** (12 + random.integer(6));
    const block = (start: number, delta: number): Buffer =>
      Buffer.concat([varint(128), varint(1), varint(values), varint(2 * start), varint(delta), Buffer.alloc(1024)]);
    const bytes = Buffer.concat([block(MIB, 0), block(0, 0), Buffer.alloc(MIB)]);
    return labels({ values: Math.max(rows, values), encoding: DELTA_TEXTS, bytes }, BYTES);
  },
  'differences of endless blocks': () => {
    const bytes = Buffer.concat([varint(2 ** 31 - 1), varint(2 ** 31 - 1), varint(16), varint(0), Buffer.alloc(64)]);
    return labels({ values: 16, encoding: DELTA_INTEGERS, bytes }, 2);
  },
  'as many rows as bytes': (random) => {
    const rows = 2 ** (18 + random.integer(2));
    const page = (encoding: number): RawPage => ({ kind: 'values', values: rows, encoding, bytes: run(rows) });
    const image: RawPage = { kind: 'dictionary', values: 2, bytes: plainTexts([PNG, PNG]) };
    const columns: RawColumn[] = [
      { name: 'image', type: BYTES, pages: [image, page(INDICES)] },
      { name: 'label', type: INT32, pages: [dictionary, page(INDICES)] },
      { name: 'split', type: INT32, pages: [dictionary, page(INDICES)] },
    ];
    return rawParquet(rows, columns, rows);
  },
  'a footer of lists in lists': (random) => nested(2 + random.integer(200), (inner) => list(9, [inner], 33_554_431)),
  'a footer of structures in structures': () => nested(100_000, (inner) => struct({ 1: inner })),
  'a footer of empty structures': (random) => {
    const size = 2 ** (20 + random.integer(5));
    const empty = { type: 9, bytes: Buffer.concat([Buffer.of(0xfc), varint(size), Buffer.alloc(size)]) };
    return withFooter(Buffer.from('PAR1'), struct({ 1: int32(2), 2: empty, 3: int64(0), 4: empty }).bytes);
  },
  'a footer of a number without end': () => {
    const endless = Buffer.concat([Buffer.of(0x16), Buffer.alloc(4 * MIB, 0xff)]);
    return withFooter(Buffer.from('PAR1'), endless);
  },
  'columns inside each other': (random) => deepSchema(2 ** (5 + random.integer(14))),
};
