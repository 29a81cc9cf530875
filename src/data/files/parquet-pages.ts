import { crc32 } from 'node:zlib';
import type { ColumnMetaData, DecodedArray, PageHeader, SchemaTree } from 'hyparquet';
import { assembleLists } from 'hyparquet/src/assemble.js';
import { parquetHeader } from 'hyparquet/src/column.js';
import { convert, convertWithDictionary, DEFAULT_PARSERS } from 'hyparquet/src/convert.js';
import { readDataPage, readDataPageV2 } from 'hyparquet/src/datapage.js';
import { readPlain } from 'hyparquet/src/plain.js';
import { getMaxDefinitionLevel, getMaxRepetitionLevel } from 'hyparquet/src/schema.js';
import { unpackPage } from './parquet-codecs.ts';
import { checkDifferences, checkRuns, levelBits, sharedTextBytes } from './parquet-runs.ts';
import { TEXT_PARSERS } from './parquet-text.ts';
import { checkThrift } from './parquet-thrift.ts';

/** One stored column: a leaf of the schema, in one group of rows. */
export interface StoredColumn {
  readonly metadata: ColumnMetaData;
  /** From the root of the schema to the leaf. */
  readonly schemaPath: readonly SchemaTree[];
}

/** Counts memory before it is taken, that of a page apart, which may stay; throws where it is too much. */
export type Claim = (bytes: number, isPage?: boolean | undefined) => void;

/** Which rows of a group are read, and who counts the memory that they take. */
export interface PageOptions {
  /** The row of the first page. */
  readonly firstRow: number;
  readonly from: number;
  readonly to: number;
  readonly claim: Claim;
}

/** Values in the heads of pages; those with statistics of long texts have some fifty. */
const MOST_VALUES = 10_000;

/** Bytes that a value takes while it is read: itself and its levels. */
const VALUE_BYTES = 32;

/** Bytes of the lists that hold a value of a structure while it is read, for each level. */
const LIST_BYTES = 192;

interface Page {
  readonly header: PageHeader;
  /** Packed. */
  readonly bytes: Uint8Array;
  readonly values: number;
}

function nextPage(reader: { view: DataView; offset: number }): Page {
  const { view } = reader;
  checkThrift(view, reader.offset, MOST_VALUES);
  const header = parquetHeader(reader);
  const size = header.compressed_page_size;
  if (!(size >= 0 && size <= view.byteLength - reader.offset)) throw new Error(`a page of ${size} bytes`);
  const bytes = new Uint8Array(view.buffer, view.byteOffset + reader.offset, size);
  reader.offset += size;
  if (header.crc !== undefined && header.crc !== (crc32(bytes) | 0)) throw new Error('a page with a wrong checksum');
  const values = (header.data_page_header ?? header.data_page_header_v2 ?? header.dictionary_page_header)?.num_values;
  if (values === undefined || !(values >= 0)) throw new Error(`a page of ${values} values`);
  return { header, bytes, values };
}

const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array): DataView =>
  new DataView(buffer, byteOffset, byteLength);

/** Checks what would be unpacked out of the values of a page without regard to its size. */
function checkValues(bytes: Uint8Array, start: number, page: Page, type: string, claim: Claim): void {
  const { values, header } = page;
  const encoding = (header.data_page_header ?? header.data_page_header_v2)?.encoding;
  const view = viewOf(bytes);
  if (encoding === 'RLE') checkRuns(view, start + 4, 1, values);
  else if (encoding?.endsWith('_DICTIONARY'))
    checkRuns(view, start + 1, view.byteLength > start ? view.getUint8(start) : 0, values);
  else if (encoding === 'DELTA_BINARY_PACKED' && type !== 'INT32') checkDifferences(view, start);
  else if (encoding === 'DELTA_BYTE_ARRAY') claim(sharedTextBytes(view, start, values), true);
}

/** Reads the stored pages of a column; each is checked, and its memory claimed, before it is unpacked. */
function createPageReader({ metadata, schemaPath }: StoredColumn, claim: Claim) {
  const { type, codec } = metadata;
  const path = [...schemaPath];
  const leaf = path.at(-1) as SchemaTree;
  const { element } = leaf;
  const parsers = { ...DEFAULT_PARSERS, ...TEXT_PARSERS };
  const column = {
    ...metadata,
    pathInSchema: metadata.path_in_schema,
    element,
    schemaPath: path,
    parsers,
    utf8: false,
  };
  const [levels, repeats] = [getMaxDefinitionLevel(path), getMaxRepetitionLevel(path)];
  const claimed = (page: Page): void => claim(page.values * (VALUE_BYTES + LIST_BYTES * (path.length - 2)));
  const unpacked = (bytes: Uint8Array, size: number): Uint8Array => {
    if (!(size >= 0)) throw new Error(`a page of ${size} bytes`);
    if (codec !== 'UNCOMPRESSED') claim(size, true);
    return unpackPage(codec, bytes, size);
  };

  const readFirstVersion = (page: Page) => {
    const bytes = unpacked(page.bytes, page.header.uncompressed_page_size);
    const view = viewOf(bytes);
    let at = 0;
    for (const most of [repeats, levels]) {
      if (most === 0) continue;
      checkRuns(view, at + 4, levelBits(most), page.values);
      at += 4 + view.getUint32(at, true);
    }
    checkValues(bytes, at, page, type, claim);
    return readDataPage(bytes, page.header.data_page_header as NonNullable<PageHeader['data_page_header']>, column);
  };

  const readSecondVersion = (page: Page) => {
    const { header, bytes, values } = page;
    const head = header.data_page_header_v2 as NonNullable<PageHeader['data_page_header_v2']>;
    const { repetition_levels_byte_length: first, definition_levels_byte_length: second, num_nulls: nulls } = head;
    const start = first + second;
    if (!(first >= 0 && second >= 0 && start <= bytes.length)) throw new Error(`levels of ${start} bytes`);
    if (!(nulls >= 0 && nulls <= values)) throw new Error(`${nulls} of ${values} values missing`);
    const view = viewOf(bytes);
    if (repeats > 0) checkRuns(view, 0, levelBits(repeats), values);
    if (levels > 0) checkRuns(view, first, levelBits(levels), values);
    const rest = bytes.subarray(start);
    const content = head.is_compressed === false ? rest : unpacked(rest, header.uncompressed_page_size - start);
    checkValues(content, 0, page, type, claim);
    return readDataPageV2(bytes, header, { ...column, codec: 'SNAPPY', compressors: { SNAPPY: () => content } });
  };

  return {
    repeats,
    readDictionary(page: Page): DecodedArray {
      claimed(page);
      const bytes = unpacked(page.bytes, page.header.uncompressed_page_size);
      return convert(readPlain({ view: viewOf(bytes), offset: 0 }, type, page.values, element.type_length), column);
    },
    /** @param output where the values of a page before go on. */
    readValues(page: Page, dictionary: DecodedArray | undefined, output: unknown[]): DecodedArray {
      claimed(page);
      const { header } = page;
      const read = header.type === 'DATA_PAGE' ? readFirstVersion(page) : readSecondVersion(page);
      const encoding = (header.data_page_header ?? header.data_page_header_v2)?.encoding;
      if (encoding === undefined) throw new Error('a page of an unknown encoding');
      const isIndexed = encoding.endsWith('_DICTIONARY');
      if (isIndexed && read.dataPage.length > 0 && !dictionary?.length)
        throw new Error('a page without its dictionary');
      const values = convertWithDictionary(read.dataPage, dictionary, encoding, column);
      if (isIndexed && Array.isArray(values) && values.includes(undefined))
        throw new Error('a value beyond its dictionary');
      return assembleLists(output, read.definitionLevels, read.repetitionLevels, values, path);
    },
  };
}

/**
 * The values of the rows of a column from one up to another, as they are stored: those of a structure in a list for
 * each level.
 *
 * @param view pages one after the other, of which a dictionary comes first.
 * @returns the values of all pages that were read, and the row of the first of them.
 * @throws Error for damaged pages; and as `claim` does.
 */
export function readPages(
  view: DataView,
  column: StoredColumn,
  { firstRow, from, to, claim }: PageOptions,
): { readonly pages: DecodedArray[]; readonly start: number } {
  const { repeats, readDictionary, readValues } = createPageReader(column, claim);
  const reader = { view, offset: 0 };
  const pages: DecodedArray[] = [];
  // Only a new row can begin a page where no value repeats.
  const whole: unknown[] = [];
  let dictionary: DecodedArray | undefined;
  let [row, start] = [firstRow, firstRow];
  while (reader.offset < view.byteLength && (repeats > 0 || row < to)) {
    const page = nextPage(reader);
    if (page.header.type === 'DICTIONARY_PAGE') dictionary = readDictionary(page);
    else if (page.header.type !== 'DATA_PAGE' && page.header.type !== 'DATA_PAGE_V2') {
      throw new Error(`a page of an unknown kind (${page.header.type})`);
    } else if (page.values === 0) continue;
    else if (repeats > 0) readValues(page, dictionary, whole);
    else if (row + page.values <= from && pages.length === 0) {
      row += page.values;
      start = row;
    } else {
      pages.push(readValues(page, dictionary, []));
      row += page.values;
    }
  }
  return { pages: repeats > 0 ? [whole] : pages, start };
}
