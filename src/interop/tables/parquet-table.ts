import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { packageVersion } from '../../util/package-info.ts';
import { type FeatureTable, rowFacts, type TablePart } from './feature-table.ts';

/** Bytes of features in a row group, which is encoded in memory: some ten times as much for a moment. */
const GROUP_BYTES = 4 * 2 ** 20;

type Schema = ConstructorParameters<typeof ParquetWriter>[0]['schema'];

/** Rows of a row group of so many features each. */
function groupRows(width: number): number {
  return Math.max(1, Math.floor(GROUP_BYTES / (4 * width)));
}

/** Text columns are UTF-8 strings; features are lists of float32 in the three levels of the format's specification. */
function schemaOf({ classes, hasSplits }: FeatureTable): Schema {
  const text = (name: string): Schema[number] => {
    return { name, type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' };
  };
  const number = (name: string): Schema[number] => ({ name, type: 'INT32', repetition_type: 'REQUIRED' });
  const columns: Schema = [
    text('name'),
    ...(classes === undefined ? [] : [text('label'), number('class')]),
    ...(hasSplits ? [text('split')] : []),
    number('index'),
  ];
  return [
    { name: 'root', num_children: columns.length + 1 },
    ...columns,
    { name: 'features', repetition_type: 'REQUIRED', num_children: 1, converted_type: 'LIST' },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    { name: 'element', type: 'FLOAT', repetition_type: 'REQUIRED' },
  ];
}

/** A row of a part, with its features. */
interface Row extends ReturnType<typeof rowFacts> {
  readonly features: Float32Array;
}

async function* rowsOf(table: FeatureTable): AsyncGenerator<Row> {
  const { width } = table;
  for await (const part of table.parts()) {
    const features = await (part as TablePart).features();
    for (let i = 0; i < part.count; i++) {
      yield { ...rowFacts(part, i, table), features: features.subarray(i * width, (i + 1) * width) };
    }
  }
}

/**
 * A table as a Parquet file, in row groups of 4 MiB of features: name, label and class (-1: none) where there are
 * labels, split where there are some, index, and features as a list of float32.
 */
export async function* parquetPieces(table: FeatureTable): AsyncGenerator<Uint8Array> {
  const bytes = new ByteWriter();
  const schema = schemaOf(table);
  const writer = new ParquetWriter({ writer: bytes, schema, createdBy: `cl-embed version ${packageVersion()}` });
  const taken = (): Uint8Array => {
    const piece = bytes.getBytes().slice();
    bytes.index = 0;
    return piece;
  };
  const write = (rows: readonly Row[]): void => {
    const column = (name: Exclude<keyof Row, 'features'>) => ({
      name,
      data: rows.map((row) => row[name]),
      offsetIndex: false,
    });
    // Activations have no order and few repetitions: neither a dictionary nor compression would make them smaller.
    const features = rows.map((row) => Array.from(row.features));
    const plain = { encoding: 'PLAIN', codec: 'UNCOMPRESSED', statistics: false, offsetIndex: false } as const;
    void writer.write({
      columnData: [
        ...(['name', 'label', 'class', 'split', 'index'] as const)
          .filter((name) => schema.some((element) => element.name === name))
          .map(column),
        { name: 'features', data: features, ...plain },
      ],
      rowGroupSize: rows.length,
    });
  };
  const most = groupRows(table.width);
  let group: Row[] = [];
  for await (const row of rowsOf(table)) {
    group.push(row);
    if (group.length < most) continue;
    write(group);
    group = [];
    yield taken();
  }
  if (group.length > 0) write(group);
  void writer.finish();
  yield taken();
}
