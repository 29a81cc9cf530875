import { type CodedValues, codeValues, valueAt } from '../../util/coded-values.ts';
import { formatPlural } from '../../util/format-count.ts';
import type { ParquetFile } from '../files/parquet-file.ts';
import { describeDivision, divideRows, findSplitColumns, type SplitColumns } from '../sources/split-columns.ts';
import { readSplitName, TESTS, TRAIN } from '../sources/splits.ts';
import { keepDownloaded, readTexts } from './parquet-rows.ts';

/** A split's images in its files. */
export interface SplitRows {
  readonly name: string;
  readonly files: readonly ParquetFile[];
  /** The rows that are its images, counted through its files; all without it. */
  readonly rows?: readonly number[] | undefined;
}

/** The splits of files, and how their rows came to them. */
export interface DividedFiles {
  readonly splits: readonly SplitRows[];
  /** What divides rows, and which are left out, for people. */
  readonly notes: readonly string[];
  /** Why no row is for training, although files are named for it; undefined otherwise. */
  readonly whyNoTrain?: string | undefined;
}

/** A row, and the split that its file's name says ('' for none). */
interface Place {
  readonly file: ParquetFile;
  readonly named: string;
  readonly row: number;
}

type FilesBySplit = ReadonlyMap<string, readonly ParquetFile[]>;

const nameOf = ({ file, row }: Place): string => `${file.path}[${row}]`;

/** How far from training a split is: what a file or a column calls a test is never trained on. */
function distanceOf(split: string): number {
  const known = readSplitName(split)?.split ?? TRAIN;
  return known === TRAIN ? 0 : TESTS.includes(known) ? 2 : 1;
}

/** Rows of which file names and columns say the same; words that are no splits count as one beside a name. */
interface Saying {
  readonly named: string;
  /** Of the first row. */
  readonly word: string;
  /** Which split the rows are of. */
  readonly split: string;
  readonly first: Place;
  count: number;
}

/**
 * The split of a row by the name of its file and a column's word, '' where one says none. Of two that differ it is the
 * one farther from training; words that are no splits don't count beside a name.
 */
function splitOfRow(named: string, word: string): string {
  if (named === '') return word;
  if (distanceOf(word) <= distanceOf(named)) return named;
  const found = readSplitName(word);
  // Numbers don't matter: `val2017` is `val`.
  return found?.rest === '' ? found.split : word;
}

const isNoSplit = (named: string, word: string): boolean =>
  named !== '' && word !== '' && readSplitName(word) === undefined;

/** What is said of each row; rows of which the same is said share a record. */
function readSayings(places: readonly Place[], wordAt: (index: number) => string): Saying[] {
  const known = new Map<string, Saying>();
  return places.map((first, i) => {
    const { named } = first;
    const word = wordAt(i);
    const key = `${named}\0${word}`;
    let saying = known.get(key);
    if (saying === undefined) {
      const shared = isNoSplit(named, word) ? `${named}\0\0` : key;
      saying = known.get(shared) ?? { named, word, split: splitOfRow(named, word), first, count: 0 };
      known.set(shared, saying).set(key, saying);
    }
    saying.count++;
    return saying;
  });
}

/** Tells of rows whose file says another split than the column; `val` and `validation` are of one kind. */
function describeDifference({ named, word, split, first, count }: Saying, by: string): string[] {
  if (named === '' || word === '' || word === named) return [];
  const stay = `${split === named ? 'they stay' : 'taken for'} ${split}`;
  const rows = `${formatPlural(count, 'row')} of files named ${named}, such as`;
  if (isNoSplit(named, word)) return [`${by} says no split in ${rows} "${word}" in ${nameOf(first)}: ${stay}`];
  if (distanceOf(word) === distanceOf(named)) return [];
  return [`${by} says ${word} in ${rows} ${nameOf(first)}: ${stay}`];
}

/** Puts rows into their splits. */
function gather(places: readonly Place[], sayings: readonly Saying[]): SplitRows[] {
  const bySplit = new Map<string, Map<ParquetFile, number[]>>();
  for (const [i, { file, row }] of places.entries()) {
    const { split } = sayings[i] as Saying;
    const byFile = bySplit.get(split) ?? new Map<ParquetFile, number[]>();
    bySplit.set(split, byFile);
    const rows = byFile.get(file);
    if (rows === undefined) byFile.set(file, [row]);
    else rows.push(row);
  }
  return [...bySplit].map(([name, byFile]) => {
    const rows: number[] = [];
    let start = 0;
    for (const [file, own] of byFile) {
      for (const row of own) rows.push(start + row);
      start += file.rows;
    }
    return { name, files: [...byFile.keys()], rows: rows.length === start ? undefined : rows };
  });
}

async function divideByColumns(places: readonly Place[], columns: SplitColumns): Promise<DividedFiles> {
  const files = [...new Set(places.map(({ file }) => file))];
  const texts = new Map<string, CodedValues<string | undefined>>();
  for (const column of [columns.split, ...columns.maybeSplits, ...columns.flags.map((flag) => flag.column)]) {
    if (column === undefined) continue;
    const byFile = new Map<ParquetFile, readonly string[]>();
    for (const file of files) byFile.set(file, (await readTexts(file, column)) ?? []);
    texts.set(column, codeValues(places.map(({ file, row }) => byFile.get(file)?.[row])));
  }
  const rows = {
    textsOf: (column: string) => texts.get(column) ?? codeValues([]),
    nameOf: (index: number) => nameOf(places[index] as Place),
    isNamed: (index: number) => places[index]?.named !== '',
  };
  const division = divideRows(columns, rows);
  const { splits: words, otherwise, by } = division;
  const sayings = readSayings(places, (index) => {
    return (words && valueAt(words, index)) || (rows.isNamed(index) ? '' : otherwise);
  });
  const splits = gather(places, sayings);
  const differences = [...new Set(sayings)].flatMap((saying) => describeDifference(saying, by.join(', ')));
  const hadTrain = sayings.some(({ named }) => named === TRAIN);
  return {
    splits,
    notes: [...describeDivision(columns, division, rows), ...division.notes, ...differences],
    whyNoTrain: hadTrain && splits.every(({ name }) => name !== TRAIN) ? differences.join(', ') : undefined,
  };
}

/**
 * Divides the rows of files by what their names and columns say of splits. Where a name says none, columns count as
 * those of lists do; where both say one, a row is for training only if both say so.
 *
 * @param bySplit the files by their names.
 * @param used columns of images and labels.
 */
export async function divideFiles(bySplit: FilesBySplit, used: ReadonlySet<string>): Promise<DividedFiles> {
  const all = [...bySplit.values()].flat().flatMap((file) => file.columns);
  const namesOf = (isPlain: boolean): string[] => [
    ...new Set(all.flatMap(({ name, children }) => ((children.length === 0) === isPlain ? [name] : []))),
  ];
  const columns = findSplitColumns(namesOf(true), (name) => !used.has(name));
  const { split: compound } = findSplitColumns(namesOf(false), () => false);
  const isDivided = columns.split !== undefined || columns.maybeSplits.length + columns.flags.length > 0;
  const whole: SplitRows[] = [];
  const notes: string[] = compound === undefined ? [] : [`${compound} is not used: it holds lists or structures`];
  for (const [name, files] of bySplit) {
    const kept = await keepDownloaded(files);
    if (kept !== undefined) notes.push(kept.note);
    whole.push({ name, files, rows: kept?.rows });
  }
  if (!isDivided) return { splits: whole, notes };
  const places = whole.flatMap(({ name, files, rows }) => {
    const all = files.flatMap((file) => Array.from({ length: file.rows }, (_, row) => ({ file, named: name, row })));
    return rows === undefined ? all : rows.map((row) => all[row] as Place);
  });
  const divided = await divideByColumns(places, columns);
  return { ...divided, notes: [...notes, ...divided.notes] };
}
