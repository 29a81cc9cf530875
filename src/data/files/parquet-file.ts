import { isUtf8 } from 'node:buffer';
import * as zlib from 'node:zlib';
import {
  type AsyncBuffer,
  type CompressionCodec,
  type Compressors,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
  snappyUncompress,
} from 'hyparquet';
import { UserError } from '../../util/errors.ts';
import type { Bytes } from './bytes.ts';

/** A column, with those below it where it is a structure. */
export interface ParquetColumn {
  readonly name: string;
  /** Whether it holds bytes that are not text. */
  readonly isBinary: boolean;
  readonly isText: boolean;
  readonly children: readonly string[];
}

/** A stretch of rows that is stored together. */
export interface RowGroup {
  readonly firstRow: number;
  readonly rows: number;
}

/** A Parquet file of which the footer is read. */
export interface ParquetFile {
  readonly path: string;
  readonly rows: number;
  readonly groups: readonly RowGroup[];
  readonly columns: readonly ParquetColumn[];
  /** Texts that the writer left, by key. */
  readonly notes: ReadonlyMap<string, string>;
  /** Bytes that a column takes unpacked. */
  unpackedBytes(column: string): number;
  /** Rows without a value in a column or a part of one (`image.bytes`); undefined where the writer left no count. */
  nullCount(path: string): number | undefined;
  /** Whether single pages of a column can be found. */
  hasPageIndex(column: string): boolean;
  /** A column's values from one row up to another; text that is not UTF-8 as its bytes. */
  read(column: string, from: number, to: number): Promise<unknown[]>;
}

/** Bytes; writers make pages of a megabyte, and a page that claims far more is damage. */
const LARGEST_PAGE = 2 ** 30;

type Unpack = (input: Uint8Array, size: number) => Uint8Array;

const checked =
  (unpack: Unpack): Unpack =>
  (input, size) => {
    if (!(size >= 0 && size <= LARGEST_PAGE)) throw new Error(`a page of ${size} bytes`);
    return unpack(input, size);
  };

// Only later releases of Node have it.
const unzstd = (zlib as { zstdDecompressSync?: typeof zlib.gunzipSync | undefined }).zstdDecompressSync;

const COMPRESSORS: Compressors = {
  SNAPPY: checked((input, size) => {
    const output = new Uint8Array(size);
    snappyUncompress(input, output);
    return output;
  }),
  GZIP: checked((input, size) => zlib.gunzipSync(input, { maxOutputLength: Math.max(1, size) })),
  BROTLI: checked((input, size) => zlib.brotliDecompressSync(input, { maxOutputLength: Math.max(1, size) })),
  ...(unzstd && { ZSTD: checked((input, size) => unzstd(input, { maxOutputLength: Math.max(1, size) })) }),
};

const utf8 = new TextDecoder();

/** Text, or the bytes where they are not UTF-8: replacement characters would make one class of several. */
const PARSERS = {
  stringFromBytes: (bytes: Uint8Array | undefined) => (bytes && isUtf8(bytes) ? utf8.decode(bytes) : bytes),
};

function toBuffer(bytes: Bytes): AsyncBuffer {
  return {
    byteLength: bytes.size,
    async slice(start, end = bytes.size) {
      if (!(start >= 0 && start <= end && end <= bytes.size)) throw new Error(`bytes ${start} to ${end}`);
      const { buffer, byteOffset, length } = await bytes.readAt(start, end - start);
      return buffer.slice(byteOffset, byteOffset + length) as ArrayBuffer;
    },
  };
}

function checkCodecs(metadata: FileMetaData, path: string): void {
  const codecs = new Set(metadata.row_groups.flatMap(({ columns }) => columns.map((chunk) => chunk.meta_data?.codec)));
  const readable: (CompressionCodec | undefined)[] = [
    'UNCOMPRESSED',
    ...(Object.keys(COMPRESSORS) as CompressionCodec[]),
  ];
  const unreadable = [...codecs].find((codec) => !readable.includes(codec));
  if (unreadable === undefined) return;
  const newer = unreadable === 'ZSTD' ? 'Use Node 22.15 or later, or write' : 'Write';
  throw new UserError(
    `expected a Parquet file compressed by ${readable.slice(1).join(', ')} or not at all, got ${unreadable}: ${path}`,
    {
      hint: `${newer} the file again with compression="snappy".`,
      exitCode: 2,
    },
  );
}

function columnsOf(metadata: FileMetaData): ParquetColumn[] {
  return parquetSchema(metadata).children.map(({ element, children }) => {
    const isText = element.converted_type === 'UTF8' || element.logical_type?.type === 'STRING';
    return {
      name: element.name,
      isBinary: element.type === 'BYTE_ARRAY' && !isText,
      isText,
      children: children.map((child) => child.element.name),
    };
  });
}

function groupsOf(metadata: FileMetaData): RowGroup[] {
  let firstRow = 0;
  return metadata.row_groups.map((group) => {
    const rows = Number(group.num_rows);
    firstRow += rows;
    return { firstRow: firstRow - rows, rows };
  });
}

/**
 * Reads the footer of a Parquet file; columns are read when they are asked for.
 *
 * @throws UserError (exit code 2) for a damaged file or a compression that can't be read.
 */
export async function openParquetFile(path: string, bytes: Bytes): Promise<ParquetFile> {
  const damaged = (reason: string, cause?: unknown): UserError =>
    new UserError(`expected a whole Parquet file, got a damaged one (${reason}): ${path}`, {
      hint: 'Fetch it or write it again.',
      exitCode: 2,
      cause,
    });
  const file = toBuffer(bytes);
  let metadata: FileMetaData;
  try {
    metadata = await parquetMetadataAsync(file, { geoparquet: false });
  } catch (error) {
    throw damaged(error instanceof Error ? error.message : String(error), error);
  }
  checkCodecs(metadata, path);
  const groups = groupsOf(metadata);
  const rows = groups.reduce((sum, group) => sum + group.rows, 0);
  if (rows !== Number(metadata.num_rows) || rows > bytes.size) throw damaged(`${rows} rows in ${bytes.size} bytes`);
  const chunksOf = (column: string) =>
    metadata.row_groups.flatMap(({ columns }) =>
      columns.filter((chunk) => chunk.meta_data?.path_in_schema[0] === column),
    );
  return {
    path,
    rows,
    groups,
    columns: columnsOf(metadata),
    notes: new Map((metadata.key_value_metadata ?? []).map(({ key, value = '' }) => [key, value])),
    unpackedBytes: (column) =>
      chunksOf(column).reduce((sum, { meta_data }) => sum + Number(meta_data?.total_uncompressed_size ?? 0), 0),
    nullCount: (wanted) => {
      const chunks = metadata.row_groups.flatMap(({ columns }) =>
        columns.filter((chunk) => chunk.meta_data?.path_in_schema.join('.') === wanted),
      );
      const counts = chunks.map(({ meta_data }) => meta_data?.statistics?.null_count);
      return counts.reduce<number | undefined>(
        (sum, nulls) => (sum === undefined || nulls === undefined ? undefined : sum + Number(nulls)),
        chunks.length === 0 ? undefined : 0,
      );
    },
    hasPageIndex: (column) => chunksOf(column).every((chunk) => chunk.offset_index_offset !== undefined),
    async read(column, rowStart, rowEnd) {
      const options = {
        file,
        metadata,
        columns: [column],
        rowStart,
        rowEnd,
        compressors: COMPRESSORS,
        parsers: PARSERS,
      };
      const found = await parquetReadObjects({ ...options, utf8: false, geoparquet: false, useOffsetIndex: true });
      return found.map((row) => (row as Readonly<Record<string, unknown>>)[column]);
    },
  };
}
