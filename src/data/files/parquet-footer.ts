import { type FileMetaData, parquetMetadata, parquetSchema, type SchemaTree } from 'hyparquet';
import type { Bytes } from './bytes.ts';
import { checkThrift } from './parquet-thrift.ts';

/** Bytes of the length and the mark at the end. */
const END = 8;

/** Bytes that a value of a footer takes once it is read. */
const VALUE_BYTES = 256;

/** Columns inside each other. */
const DEEPEST = 32;

/** What the end of a Parquet file says. */
export interface ParquetFooter {
  readonly metadata: FileMetaData;
  readonly schema: SchemaTree;
}

function checkSchema({ schema }: FileMetaData): void {
  const open: number[] = [];
  for (const { num_children: children = 0, name } of schema) {
    if (typeof name !== 'string' || !(children >= 0)) throw new Error('a column without a name');
    while (open.at(-1) === 0) open.pop();
    if (open.length > 0) open.push((open.pop() as number) - 1);
    if (children > 0) open.push(children);
    if (open.length > DEEPEST) throw new Error('columns inside each other without end');
  }
  if (open.some((left) => left > 0)) throw new Error('fewer columns than the schema says');
}

function checkRows({ row_groups: groups, num_rows: rows }: FileMetaData, size: number): void {
  let sum = 0;
  for (const group of groups) {
    const own = Number(group.num_rows);
    if (!Number.isSafeInteger(own) || own < 0) throw new Error(`a group of ${own} rows`);
    sum += own;
  }
  if (sum !== Number(rows) || sum > size) throw new Error(`${sum} rows in ${size} bytes`);
}

/**
 * Reads the footer of a Parquet file.
 *
 * @param memoryBytes that it may take.
 * @throws Error for a damaged file.
 */
export async function readFooter(bytes: Bytes, memoryBytes: number): Promise<ParquetFooter> {
  if (bytes.size < END + 4) throw new Error('parquet file is too short');
  const end = Buffer.from(await bytes.readAt(bytes.size - END, END));
  if (end.toString('latin1', 4) !== 'PAR1') throw new Error('parquet file invalid (footer != PAR1)');
  const length = end.readUInt32LE(0);
  if (length > bytes.size - END - 4) throw new Error(`a footer of ${length} bytes in a file of ${bytes.size}`);
  if (length > memoryBytes) throw new Error(`a footer of ${length} bytes`);
  const footer = (await bytes.readAt(bytes.size - END - length, length + END)).slice();
  checkThrift(new DataView(footer.buffer, 0, length), 0, memoryBytes / VALUE_BYTES);
  const metadata = parquetMetadata(footer.buffer, { geoparquet: false });
  checkSchema(metadata);
  checkRows(metadata, bytes.size);
  return { metadata, schema: parquetSchema(metadata) };
}
