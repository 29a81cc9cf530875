import { crc32, deflateRawSync } from 'node:zlib';

/** An entry of a zip archive; what is not said is as a writer would have it. */
export interface RawZipEntry {
  readonly name: string | Uint8Array;
  readonly body?: string | Uint8Array;
  /** 0 stored (the default), 8 deflated; other numbers store the content under that name. */
  readonly method?: number;
  readonly flags?: number;
  /** Unix mode, as in `0o120777` for a link. */
  readonly mode?: number;
  /** The size, packed size, checksum and offset that the directory claims. */
  readonly size?: number;
  readonly packedSize?: number;
  readonly checksum?: number;
  readonly offset?: number;
  readonly extra?: Uint8Array;
}

function record(length: number, fields: readonly (readonly [offset: number, bytes: 2 | 4, value: number])[]): Buffer {
  const block = Buffer.alloc(length);
  for (const [offset, bytes, value] of fields) block.writeUIntLE(value, offset, bytes);
  return block;
}

/** A zip archive of these entries, also of ones that no library writes. */
export function rawZip(entries: readonly RawZipEntry[], end: { count?: number } = {}): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let position = 0;
  for (const entry of entries) {
    const content = Buffer.from((entry.body ?? '') as Uint8Array);
    const name = Buffer.from(entry.name as Uint8Array);
    const extra = Buffer.from(entry.extra ?? []);
    const { method = 0, flags = 0, mode = 0o100644 } = entry;
    const packed = method === 8 ? deflateRawSync(content) : content;
    const shared: (readonly [number, 2 | 4, number])[] = [
      [0, 2, 20],
      [2, 2, flags],
      [4, 2, method],
      [10, 4, entry.checksum ?? crc32(content)],
      [14, 4, entry.packedSize ?? packed.length],
      [18, 4, entry.size ?? content.length],
      [22, 2, name.length],
      [24, 2, extra.length],
    ];
    const at = (start: number) => shared.map(([offset, bytes, value]) => [offset + start, bytes, value] as const);
    directory.push(
      record(46, [
        [0, 4, 0x02014b50],
        [4, 2, (3 << 8) | 20],
        ...at(6),
        [38, 4, mode * 65_536],
        [42, 4, entry.offset ?? position],
      ]),
      name,
      extra,
    );
    const local = [record(30, [[0, 4, 0x04034b50], ...at(4)]), name, extra, packed];
    parts.push(...local);
    position += local.reduce((sum, { length }) => sum + length, 0);
  }
  const count = end.count ?? entries.length;
  const tail = record(22, [
    [0, 4, 0x06054b50],
    [8, 2, count],
    [10, 2, count],
    [12, 4, directory.reduce((sum, { length }) => sum + length, 0)],
    [16, 4, position],
  ]);
  return Buffer.concat([...parts, ...directory, tail]);
}
