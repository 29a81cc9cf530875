import type { ColumnChunk, ColumnMetaData, SchemaTree } from 'hyparquet';
import { readOffsetIndex } from 'hyparquet/src/indexes.js';
import { assembleAsync } from 'hyparquet/src/rowgroup.js';
import { getTreePath } from 'hyparquet/src/schema.js';
import type { Bytes } from './bytes.ts';
import { type PageOptions, readPages, type StoredColumn } from './parquet-pages.ts';
import { TEXT_PARSERS } from './parquet-text.ts';
import { checkThrift } from './parquet-thrift.ts';

/** A group of rows and the stored columns in it that belong to one column. */
export interface ColumnGroup {
  readonly rows: number;
  readonly chunks: readonly ColumnChunk[];
}

/** Rows of a group from one up to another, and who counts the memory that they take. */
export type RowRange = Omit<PageOptions, 'firstRow'>;

async function load(bytes: Bytes, start: number, end: number): Promise<Uint8Array> {
  if (!(start >= 0 && start <= end && end <= bytes.size)) throw new Error(`bytes ${start} to ${end} of ${bytes.size}`);
  return (await bytes.readAt(start, end - start)).slice();
}

const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array): DataView =>
  new DataView(buffer, byteOffset, byteLength);

interface Range {
  readonly start: number;
  readonly end: number;
}

function wholeRange({ dictionary_page_offset, data_page_offset, total_compressed_size }: ColumnMetaData): Range {
  const start = Number(dictionary_page_offset || data_page_offset);
  return { start, end: start + Number(total_compressed_size) };
}

interface LoadedPages {
  readonly content: Uint8Array;
  readonly firstRow: number;
}

/** The pages that hold some rows, with the dictionary before them, and the first row of them. */
async function loadPages(
  bytes: Bytes,
  index: Range,
  metadata: ColumnMetaData,
  rows: number,
  { from, to, claim }: RowRange,
): Promise<LoadedPages> {
  claim(index.end - index.start);
  const packed = viewOf(await load(bytes, index.start, index.end));
  checkThrift(packed, 0, packed.byteLength);
  const pages = readOffsetIndex({ view: packed, offset: 0 }).page_locations.map((page) => ({
    start: Number(page.offset),
    end: Number(page.offset) + page.compressed_page_size,
    firstRow: Number(page.first_row_index),
  }));
  const wanted = pages.filter(({ firstRow }, i) => firstRow < to && (pages[i + 1]?.firstRow ?? rows) > from);
  const [first, last] = [wanted[0], wanted.at(-1)];
  if (first === undefined || last === undefined) throw new Error('no page of these rows in the index');
  const whole = wholeRange(metadata);
  // Some writers don't say where the dictionary is; it comes first.
  const dictionary = { start: whole.start, end: pages[0]?.start ?? whole.start };
  claim(dictionary.end - dictionary.start + last.end - first.start);
  const parts = [dictionary, { start: first.start, end: last.end }].filter(({ start, end }) => end !== start);
  const loaded = await Promise.all(parts.map(({ start, end }) => load(bytes, start, end)));
  return { content: loaded.length === 1 ? (loaded[0] as Uint8Array) : Buffer.concat(loaded), firstRow: first.firstRow };
}

/** Reads the pages of a stored column that hold some rows, packed, and the first row of them. */
async function loadStored(
  bytes: Bytes,
  chunk: ColumnChunk,
  metadata: ColumnMetaData,
  rows: number,
  range: RowRange,
): Promise<LoadedPages> {
  const isPart = range.from > 0 || range.to < rows;
  const indexStart = Number(chunk.offset_index_offset ?? 0);
  const index = { start: indexStart, end: indexStart + (chunk.offset_index_length ?? 0) };
  if (isPart && index.start > 0 && index.end > index.start) return loadPages(bytes, index, metadata, rows, range);
  const { start, end } = wholeRange(metadata);
  range.claim(end - start, metadata.codec === 'UNCOMPRESSED');
  return { content: await load(bytes, start, end), firstRow: 0 };
}

function unpackStored({ content, firstRow }: LoadedPages, column: StoredColumn, range: RowRange) {
  const { pages, start } = readPages(viewOf(content), column, { ...range, firstRow });
  const found = pages.reduce((sum, page) => sum + page.length, start);
  if (found < range.to) throw new Error(`${found} of ${range.to} rows`);
  return { data: pages, skipped: start };
}

function storedColumn(schema: SchemaTree, { meta_data: metadata, file_path: elsewhere }: ColumnChunk): StoredColumn {
  if (metadata === undefined || elsewhere) throw new Error('a column that is stored elsewhere');
  const schemaPath = getTreePath(schema, metadata.path_in_schema);
  if (schemaPath.some(({ element }) => element.logical_type?.type === 'VARIANT')) throw new Error('values of any type');
  return { metadata, schemaPath };
}

/**
 * The values of a column in one group of rows.
 *
 * @throws Error for damage, and as `range.claim` does.
 */
export async function readGroupValues(
  bytes: Bytes,
  schema: SchemaTree,
  column: string,
  { rows, chunks }: ColumnGroup,
  range: RowRange,
): Promise<unknown[]> {
  const columns = chunks.map((chunk) => ({ chunk, column: storedColumn(schema, chunk) }));
  // What is unpacked lives only within a turn of the event loop, but for what stays.
  const loaded = await Promise.all(
    columns.map(({ chunk, column: { metadata } }) => loadStored(bytes, chunk, metadata, rows, range)),
  );
  const stored = columns.map(({ column: own }, i) => ({
    pathInSchema: own.metadata.path_in_schema,
    unpacked: unpackStored(loaded[i] as LoadedPages, own, range),
  }));
  const asyncColumns = stored.map(({ pathInSchema, unpacked }) => ({ pathInSchema, data: Promise.resolve(unpacked) }));
  const group = { groupStart: 0, groupRows: rows, selectStart: range.from, selectEnd: range.to, asyncColumns };
  const found = assembleAsync(group, schema, TEXT_PARSERS).asyncColumns.find(
    ({ pathInSchema }) => pathInSchema[0] === column,
  );
  if (found === undefined) throw new Error(`no column ${column} in a group of rows`);
  const { data, skipped } = await found.data;
  const values: unknown[] = [];
  let row = skipped;
  for (const page of data) {
    for (let i = Math.max(0, range.from - row); i < Math.min(page.length, range.to - row); i++) values.push(page[i]);
    row += page.length;
  }
  if (values.length < range.to - range.from) throw new Error(`${values.length} of ${range.to - range.from} rows`);
  return values;
}
