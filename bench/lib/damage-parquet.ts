/** A value of Thrift's compact protocol, as bytes with its type. */
export interface Thrift {
  readonly type: number;
  readonly bytes: Buffer;
}

export function varint(value: number | bigint): Buffer {
  const bytes: number[] = [];
  let left = BigInt(value);
  do {
    bytes.push(Number(left & 0x7fn) | (left > 0x7fn ? 0x80 : 0));
    left >>= 7n;
  } while (left > 0n);
  return Buffer.from(bytes);
}

const zigzag = (value: number | bigint): Buffer => {
  const whole = BigInt(value);
  return varint(whole >= 0n ? 2n * whole : -2n * whole - 1n);
};

export const int32 = (value: number): Thrift => ({ type: 5, bytes: zigzag(value) });
export const int64 = (value: number): Thrift => ({ type: 6, bytes: zigzag(value) });
export const text = (value: string | Buffer): Thrift => ({
  type: 8,
  bytes: Buffer.concat([varint(Buffer.byteLength(value)), Buffer.from(value)]),
});
export const list = (type: number, values: readonly Thrift[], claimed = values.length): Thrift => ({
  type: 9,
  bytes: Buffer.concat([Buffer.of(0xf0 | type), varint(claimed), ...values.map(({ bytes }) => bytes)]),
});

/** A structure of fields by their numbers. */
export function struct(fields: Readonly<Record<number, Thrift>>): Thrift {
  const parts: Buffer[] = [];
  for (const [number, { type, bytes }] of Object.entries(fields))
    parts.push(Buffer.of(type), zigzag(Number(number)), bytes);
  return { type: 12, bytes: Buffer.concat([...parts, Buffer.of(0)]) };
}

/** What a page says of itself, and its bytes as they are stored. */
export interface RawPage {
  readonly kind: 'values' | 'dictionary';
  readonly values: number;
  /** Bytes that it claims to unpack to. */
  readonly unpacked?: number | undefined;
  /** 0 PLAIN, 5 DELTA_BINARY_PACKED, 7 DELTA_BYTE_ARRAY, 8 RLE_DICTIONARY. */
  readonly encoding?: number | undefined;
  readonly bytes: Buffer;
}

function pageBytes({ kind, values, encoding = 0, bytes, unpacked = bytes.length }: RawPage): Buffer {
  const own = struct({ 1: int32(values), 2: int32(encoding), ...(kind === 'values' && { 3: int32(3), 4: int32(3) }) });
  const header = struct({
    1: int32(kind === 'values' ? 0 : 2),
    2: int32(unpacked),
    3: int32(bytes.length),
    [kind === 'values' ? 5 : 7]: own,
  });
  return Buffer.concat([header.bytes, bytes]);
}

/** A column of a raw file: required values. */
export interface RawColumn {
  readonly name: string;
  /** 1 INT32, 2 INT64, 6 BYTE_ARRAY. */
  readonly type: number;
  /** Whether bytes are text. */
  readonly isText?: boolean | undefined;
  /** 0 UNCOMPRESSED, 2 GZIP. */
  readonly codec?: number | undefined;
  /** Bytes that the footer says of it unpacked. */
  readonly claimed?: number | undefined;
  readonly pages: readonly RawPage[];
}

/**
 * A Parquet file with one group of rows, also of pages and sizes that no library writes.
 *
 * @param padding bytes that no page uses.
 */
export function rawParquet(rows: number, columns: readonly RawColumn[], padding = 0): Buffer {
  const parts: Buffer[] = [Buffer.from('PAR1')];
  let at = 4;
  const chunks = columns.map(({ name, type, codec = 0, claimed, pages }) => {
    const stored = pages.map(pageBytes);
    const size = stored.reduce((sum, page) => sum + page.length, 0);
    const [start, dictionary] = [at, pages[0]?.kind === 'dictionary'];
    parts.push(...stored);
    at += size;
    const first = dictionary ? start + (stored[0] as Buffer).length : start;
    const metadata = struct({
      1: int32(type),
      2: list(5, [int32(0)]),
      3: list(8, [text(name)]),
      4: int32(codec),
      5: int64(rows),
      6: int64(claimed ?? size),
      7: int64(size),
      9: int64(first),
      ...(dictionary && { 11: int64(start) }),
    });
    return struct({ 2: int64(start), 3: metadata });
  });
  const schema = [
    struct({ 4: text('schema'), 5: int32(columns.length) }),
    ...columns.map(({ name, type, isText }) =>
      struct({ 1: int32(type), 3: int32(0), 4: text(name), ...(isText === true && { 6: int32(0) }) }),
    ),
  ];
  const group = struct({ 1: list(12, chunks), 2: int64(at), 3: int64(rows) });
  return withFooter(
    Buffer.concat([...parts, Buffer.alloc(padding)]),
    struct({ 1: int32(2), 2: list(12, schema), 3: int64(rows), 4: list(12, [group]) }).bytes,
  );
}

/** A file that ends with a footer. */
export function withFooter(start: Buffer, footer: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(footer.length);
  return Buffer.concat([start, footer, length, Buffer.from('PAR1')]);
}

/** Texts as PLAIN has them: each behind its length. */
export function plainTexts(texts: readonly Buffer[]): Buffer {
  return Buffer.concat(
    texts.flatMap((bytes) => {
      const length = Buffer.alloc(4);
      length.writeUInt32LE(bytes.length);
      return [length, bytes];
    }),
  );
}
