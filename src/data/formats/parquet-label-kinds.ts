import { type CodedValues, codeValues } from '../../util/coded-values.ts';
import type { ParquetFile } from '../files/parquet-file.ts';
import { type Labels, labelText, numberLabels, withoutLabels } from '../sources/labels.ts';

/** Values of a file's column, the rows that they are of, and the names of its classes. */
export interface FileLabels {
  readonly file: ParquetFile;
  readonly rows: readonly number[];
  readonly values: readonly unknown[];
  readonly names: readonly string[] | undefined;
}

export type LabelKind = 'numbers' | 'text' | 'true or false';

/** What a file's labels are, by their type; undefined where it has none. */
export function kindOf({ values }: FileLabels): LabelKind | undefined {
  const value = values.find((found) => found !== undefined && found !== null);
  if (typeof value === 'boolean') return 'true or false';
  if (typeof value === 'number' || typeof value === 'bigint') return 'numbers';
  return value === undefined ? undefined : 'text';
}

/** Text that says the same as values of another kind: `3` as numbers do, `true` as truth values do. */
const SAME: Readonly<Record<Exclude<LabelKind, 'text'>, RegExp>> = {
  numbers: /^-?\d+(\.0*)?$/,
  'true or false': /^(true|false)$/,
};

function fits(file: FileLabels, kind: LabelKind): boolean {
  const own = kindOf(file);
  if (own === kind || own === undefined) return true;
  if (own !== 'text' || kind === 'text') return false;
  return file.values.every((value) => SAME[kind].test(labelText(value) ?? '0'));
}

/** A file's values as names, where its numbers stand for such. */
function toNames(file: FileLabels): FileLabels {
  const { names, values } = file;
  if (names === undefined || kindOf(file) !== 'numbers') return file;
  return { ...file, values: values.map((value) => names[Number(labelText(value) ?? -1)] ?? value) };
}

/** Why the text of some files is none of the names that others have for their numbers; undefined where it is. */
function otherText(files: readonly FileLabels[], { file: first, names = [] }: FileLabels): string | undefined {
  const known = new Set(names);
  for (const { file, rows, values } of files) {
    const i = values.findIndex((value) => value !== null && !known.has(labelText(value) ?? names[0] ?? ''));
    if (i !== -1) {
      return `${file.path}[${rows[i]}] has class ${labelText(values[i])}, which is none of the names in ${first.path}`;
    }
  }
  return undefined;
}

/**
 * The labels of files of one split, which say them alike: all in numbers, in truth values or in text. Numbers with
 * names are joined to text that is those names; all else has no labels, because one class would become two.
 *
 * @param nameOf names an image, counted through all files.
 */
export function joinKinds(files: readonly FileLabels[], nameOf: (index: number) => string): Labels {
  const valuesOf = (all: readonly FileLabels[]): CodedValues<unknown> =>
    codeValues(all.flatMap(({ values }) => values));
  const kinds = new Set(files.map(kindOf).filter((kind) => kind !== undefined));
  const named = files.find((file) => file.names !== undefined && kindOf(file) === 'numbers');
  if (named !== undefined && kinds.size === 2 && kinds.has('text')) {
    const all = files.map(toNames);
    const why = otherText(all, named);
    if (why !== undefined) return withoutLabels(why);
    return nameInOrder(numberLabels(valuesOf(all), nameOf), named.names ?? []);
  }
  const plain = [...kinds].find((kind) => kind !== 'text') ?? 'text';
  const odd = files.find((file) => !fits(file, plain));
  if (kinds.size < 2 || odd === undefined) return numberLabels(valuesOf(files), nameOf);
  const first = files.find((file) => kindOf(file) !== undefined) as FileLabels;
  const other = kindOf(odd) === kindOf(first) ? files.find((file) => fits(file, plain)) : odd;
  const [a, b] = [first, other ?? odd];
  return withoutLabels(`labels of ${a.file.path} are ${kindOf(a)}, those of ${b.file.path} are ${kindOf(b)}`);
}

/** Labels renumbered by names that hold all their classes. */
function nameInOrder({ labels, classes, unlabelled }: Labels, names: readonly string[]): Labels {
  if (labels === undefined) return { labels, classes, unlabelled };
  const numbers = classes.map((name) => names.indexOf(name));
  return { labels: labels.map((label) => numbers[label] as number), classes: names };
}
