import { type FeatureTable, rowFacts, type TablePart } from './feature-table.ts';

/** Text that is collected before it is handed on, in characters. */
const PIECE = 2 ** 20;

/** A field as RFC 4180 quotes it. */
export function csvField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The shortest of 7 to 9 digits that reads back as the same float32; nan, inf and -inf as pandas reads them. */
export function float32Text(value: number): string {
  if (Object.is(value, -0)) return '-0';
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf';
  for (let digits = 7; digits < 9; digits++) {
    const rounded = Number(value.toPrecision(digits));
    if (Math.fround(rounded) === value) return String(rounded);
  }
  return String(Number(value.toPrecision(9)));
}

async function* joined(lines: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  let text = '';
  for await (const line of lines) {
    text += line;
    if (text.length < PIECE) continue;
    yield Buffer.from(text);
    text = '';
  }
  if (text !== '') yield Buffer.from(text);
}

async function* linesOf(
  table: FeatureTable,
  columns: readonly string[],
  valuesIn: (part: TablePart) => Promise<(row: number) => string>,
): AsyncGenerator<string> {
  const { classes, hasSplits } = table;
  const facts = [
    'name',
    ...(classes === undefined ? [] : ['label', 'class']),
    ...(hasSplits ? ['split'] : []),
    'index',
  ];
  yield `${[...facts, ...columns].join(',')}\n`;
  for await (const part of table.parts()) {
    const valuesOf = await valuesIn(part);
    for (let row = 0; row < part.count; row++) {
      const { name, label, class: number, split, index } = rowFacts(part, row, table);
      const labelled = classes === undefined ? '' : `,${csvField(label)},${number}`;
      yield `${csvField(name)}${labelled}${hasSplits ? `,${csvField(split)}` : ''},${index}${valuesOf(row)}\n`;
    }
  }
}

/**
 * A table as CSV (RFC 4180, lines end in \n): name, label and class where there are labels, split where there are some,
 * index, then f0, f1 and so on, which read back as the same float32.
 */
export function csvPieces(table: FeatureTable): AsyncGenerator<Uint8Array> {
  const { width } = table;
  const columns = Array.from({ length: width }, (_, i) => `f${i}`);
  return joined(
    linesOf(table, columns, async (part) => {
      const features = await part.features();
      return (row) => {
        let text = '';
        for (let i = row * width; i < (row + 1) * width; i++) text += `,${float32Text(features[i] as number)}`;
        return text;
      };
    }),
  );
}

/** The same without the features: a list beside formats that hold nothing else. */
export function namesCsvPieces(table: FeatureTable): AsyncGenerator<Uint8Array> {
  return joined(linesOf(table, [], async () => () => ''));
}
