import { bytesOf, type FeatureTable, NO_CLASS, type TablePart } from './feature-table.ts';
import { codePoints, encodeUnicode, npyHeader, unicodeType } from './npy-header.ts';
import { storedZip, type ZipContent } from './stored-zip.ts';

/** Values of a table, one or more a row. */
interface Column {
  /** NumPy's type string. */
  readonly type: string;
  readonly shape: readonly number[];
  /** Bytes of one value. */
  readonly item: number;
  bytesIn(part: TablePart): Promise<Uint8Array>;
}

function featureColumn({ rows, width }: FeatureTable): Column {
  return { type: '<f4', shape: [rows, width], item: 4, bytesIn: async (part) => bytesOf(await part.features()) };
}

function numberColumn({ rows }: FeatureTable, valuesIn: (part: TablePart) => ArrayLike<number>): Column {
  const bytesIn = async (part: TablePart): Promise<Uint8Array> =>
    bytesOf(BigInt64Array.from(Array.from(valuesIn(part)), BigInt));
  return { type: '<i8', shape: [rows], item: 8, bytesIn };
}

/** Fixed-width unicode, as NumPy loads texts of any length by pickle only: the widest text decides. */
function textColumn({ rows }: FeatureTable, width: number, textsIn: (part: TablePart) => readonly string[]): Column {
  const bytesIn = async (part: TablePart): Promise<Uint8Array> => encodeUnicode(textsIn(part), width);
  return { type: unicodeType(width), shape: [rows], item: 4 * width, bytesIn };
}

/** A column as a .npy file, of so many bytes. */
function columnContent(name: string, table: FeatureTable, { type, shape, item, bytesIn }: Column): ZipContent {
  const header = npyHeader(type, shape);
  return {
    name: `${name}.npy`,
    bytes: shape.reduce((product, side) => product * side, item) + header.length,
    async *pieces() {
      yield header;
      for await (const part of table.parts()) yield await bytesIn(part);
    },
  };
}

function classesContent(classes: readonly string[]): ZipContent {
  const width = Math.max(1, ...classes.map(codePoints));
  const [header, texts] = [npyHeader(unicodeType(width), [classes.length]), encodeUnicode(classes, width)];
  return {
    name: 'classes.npy',
    bytes: header.length + texts.length,
    async *pieces() {
      yield header;
      yield texts;
    },
  };
}

/** Features as a .npy file: float32 [rows, width]. */
export function npyContent(table: FeatureTable): ZipContent {
  return columnContent('features', table, featureColumn(table));
}

async function widestTexts(table: FeatureTable): Promise<{ readonly name: number; readonly split: number }> {
  let [name, split] = [1, 1];
  for await (const part of table.parts()) {
    split = Math.max(split, codePoints(part.split));
    for (const each of part.names) name = Math.max(name, codePoints(each));
  }
  return { name, split };
}

/**
 * A table as an .npz file that `numpy.load` reads without pickle: features float32 [rows, width], names, indices int64,
 * splits where there are some, labels int64 (-1: none) and classes where there are labels.
 */
export async function* npzPieces(table: FeatureTable): AsyncGenerator<Uint8Array> {
  const { classes, hasSplits } = table;
  const widest = await widestTexts(table);
  const columns: Record<string, Column> = {
    features: featureColumn(table),
    names: textColumn(table, widest.name, ({ names }) => names),
    indices: numberColumn(table, ({ indices }) => indices),
  };
  if (hasSplits) {
    columns['splits'] = textColumn(table, widest.split, ({ count, split }) => new Array<string>(count).fill(split));
  }
  if (classes !== undefined) {
    const unlabelled = ({ count }: TablePart): Int32Array => new Int32Array(count).fill(NO_CLASS);
    columns['labels'] = numberColumn(table, (part) => part.labels ?? unlabelled(part));
  }
  yield* storedZip([
    ...Object.entries(columns).map(([name, column]) => columnContent(name, table, column)),
    ...(classes === undefined ? [] : [classesContent(classes)]),
  ]);
}
