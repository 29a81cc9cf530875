import type { ColumnChunk, CompressionCodec, FileMetaData, SchemaTree } from 'hyparquet';
import { UserError } from '../../util/errors.ts';
import { formatBytes } from '../../util/format-bytes.ts';
import type { Bytes } from './bytes.ts';
import type { MemoryAllowance } from './memory-allowance.ts';
import { CODECS } from './parquet-codecs.ts';
import { readFooter } from './parquet-footer.ts';
import { readGroupValues } from './parquet-values.ts';

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
  /**
   * A column's values from one row up to another; text that is not UTF-8 as its bytes.
   *
   * @param isKept whether they stay in memory, and count there.
   * @throws UserError (exit code 2) beyond the memory, another Error for damage.
   */
  read(column: string, from: number, to: number, isKept?: boolean | undefined): Promise<unknown[]>;
  /** The same for values that the data set can't do without, of all rows by default: damage is a UserError. */
  readTable(column: string, from?: number | undefined, to?: number | undefined): Promise<unknown[]>;
}

/** Bytes that may be read for a few rows, of which there are several at once. */
const LEAST = 2 ** 26;

/** Bytes; labels and names of splits take some fifty a row while they are read. */
const LARGEST_TABLE = 2 ** 29;

/** Whether an error is told as it is: it is for the user already, or the system's. */
export const isOfMachine = (error: unknown): boolean =>
  error instanceof UserError || !(error instanceof Error) || 'syscall' in error;

function checkCodecs(metadata: FileMetaData, path: string): void {
  const codecs = new Set(metadata.row_groups.flatMap(({ columns }) => columns.map((chunk) => chunk.meta_data?.codec)));
  const readable: readonly (CompressionCodec | undefined)[] = CODECS;
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

function columnsOf(schema: SchemaTree): ParquetColumn[] {
  return schema.children.map(({ element, children }) => {
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

function tooLarge(path: string, column: string, most: number): UserError {
  const message = `expected at most ${formatBytes(most)} to be read at once of column ${column}, got more: ${path}`;
  return new UserError(message, {
    hint: 'Raise data.memoryBudget, or write smaller groups of rows (row_group_size of pyarrow). It may be damaged, too.',
    exitCode: 2,
  });
}

/**
 * Reads the footer of a Parquet file; columns are read when they are asked for.
 *
 * @param allowance of memory, which what stays in memory counts against; no read may take more either.
 * @throws UserError (exit code 2) for a damaged file or a compression that can't be read.
 */
export async function openParquetFile(path: string, bytes: Bytes, allowance: MemoryAllowance): Promise<ParquetFile> {
  const damaged = (error: unknown, what = ''): UserError => {
    const reason = error instanceof Error ? error.message : String(error);
    return new UserError(`expected a whole Parquet file, got a damaged one (${what}${reason}): ${path}`, {
      hint: 'Fetch it or write it again.',
      exitCode: 2,
      cause: error,
    });
  };
  const { metadata, schema } = await readFooter(bytes, allowance.limitBytes).catch((error: unknown) => {
    throw isOfMachine(error) ? error : damaged(error);
  });
  checkCodecs(metadata, path);
  const groups = groupsOf(metadata);
  const chunksOf = (column: string): readonly ColumnChunk[][] =>
    metadata.row_groups.map(({ columns }) => columns.filter((chunk) => chunk.meta_data?.path_in_schema[0] === column));
  const read = async (column: string, from: number, to: number, isKept: boolean, most: number): Promise<unknown[]> => {
    let [claimed, kept] = [0, 0];
    const claim = (size: number, isPage = false): void => {
      const isCounted = isKept && isPage;
      if (claimed + size > most || (isCounted && !allowance.take(size))) throw tooLarge(path, column, most);
      claimed += size;
      if (isCounted) kept += size;
    };
    const chunks = chunksOf(column);
    const values: unknown[] = [];
    try {
      for (const [i, { firstRow, rows }] of groups.entries()) {
        const range = { from: Math.max(0, from - firstRow), to: Math.min(rows, to - firstRow), claim };
        if (range.from >= range.to) continue;
        const found = await readGroupValues(bytes, schema, column, { rows, chunks: chunks[i] ?? [] }, range);
        for (const value of found) values.push(value);
      }
      return values;
    } catch (error) {
      allowance.release(kept);
      throw error;
    }
  };
  return {
    path,
    rows: groups.reduce((sum, group) => sum + group.rows, 0),
    groups,
    columns: columnsOf(schema),
    notes: new Map((metadata.key_value_metadata ?? []).map(({ key, value = '' }) => [key, value])),
    unpackedBytes: (column) =>
      chunksOf(column)
        .flat()
        .reduce((sum, { meta_data }) => sum + Math.max(0, Number(meta_data?.total_uncompressed_size ?? 0)), 0),
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
    hasPageIndex: (column) =>
      chunksOf(column)
        .flat()
        .every((chunk) => chunk.offset_index_offset !== undefined),
    read: (column, from, to, isKept = false) =>
      read(column, from, to, isKept, isKept ? allowance.limitBytes : Math.max(LEAST, allowance.limitBytes / 16)),
    async readTable(column, from = 0, to = Number(metadata.num_rows)) {
      try {
        return await read(column, from, to, false, Math.min(LARGEST_TABLE, allowance.limitBytes));
      } catch (error) {
        throw isOfMachine(error) ? error : damaged(error, `column ${column}: `);
      }
    },
  };
}
