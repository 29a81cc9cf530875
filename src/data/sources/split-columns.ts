import {
  type CodedValues,
  createValueCoder,
  type FoundRows,
  findRows,
  mapValues,
  valueAt,
} from '../../util/coded-values.ts';
import { formatCount } from '../../util/format-count.ts';
import { canonicalSplit, isSplit, TRAIN } from './splits.ts';

/** Names that hold splits only where all their values are such words. */
const OTHER_SPLIT_NAMES = [
  ...['set', 'subset', 'partition', 'dataset', 'datasplit', 'splitname', 'usage', 'phase', 'mode'],
  ...['traintest', 'trainval', 'trainortest'],
];

/** Names of columns that are true for the images of a split, in the order in which they count. */
const FLAG_NAMES: Readonly<Record<string, string>> = {
  isvalid: 'valid',
  isvalidation: 'valid',
  isval: 'valid',
  istest: 'test',
  istestimage: 'test',
  istrain: TRAIN,
  istraining: TRAIN,
  istrainingimage: TRAIN,
};

/** A column that is true for the images of a split. */
export interface SplitFlag {
  readonly column: string;
  readonly split: string;
}

/** The columns of a list or a table that may say splits. */
export interface SplitColumns {
  readonly split: string | undefined;
  /** Columns that may hold splits, if their values are such. */
  readonly maybeSplits: readonly string[];
  /** Columns that are true for the images of a split, as fastai's `is_valid`. */
  readonly flags: readonly SplitFlag[];
}

/** A column's name for comparison: only letters and digits count, in any case. */
export const plainName = (column: string): string => column.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');

/** The columns that have these plain names, in the order of the names. */
export const columnsNamed = (columns: readonly string[], wanted: readonly string[]): string[] =>
  wanted.flatMap((name) => columns.find((column) => plainName(column) === name) ?? []);

/**
 * Finds the columns that may say splits; one named `split` comes before all others.
 *
 * @param isFree whether a column of another name says nothing else, such as the label.
 */
export function findSplitColumns(columns: readonly string[], isFree: (column: string) => boolean): SplitColumns {
  const [split] = columnsNamed(columns, ['split']);
  if (split !== undefined) return { split, maybeSplits: [], flags: [] };
  return {
    split,
    maybeSplits: columnsNamed(columns, OTHER_SPLIT_NAMES).filter(isFree),
    flags: columnsNamed(columns, Object.keys(FLAG_NAMES))
      .filter(isFree)
      .map((column) => ({ column, split: FLAG_NAMES[plainName(column)] as string })),
  };
}

/** How columns divide rows. */
export interface Division {
  /** What the columns say of each row, by the usual name; '' where they say none; undefined where none divides. */
  readonly splits: CodedValues<string> | undefined;
  /** The split of rows of which they say none. */
  readonly otherwise: string;
  /** The columns that divide. */
  readonly by: readonly string[];
  /** Columns that are not used, for people. */
  readonly notes: readonly string[];
}

type Text = string | undefined;

/** The rows of a list or a table. */
export interface DividedRows {
  /** A column's values, as text without white space around it; undefined in rows that don't have the column. */
  readonly textsOf: (column: string) => CodedValues<Text>;
  /** Names a row, for people. */
  readonly nameOf: (row: number) => string;
  /** Whether the name of its file says a row's split; without it none does. */
  readonly isNamed?: ((row: number) => boolean) | undefined;
}

const TRUE = /^(?:true|1|1\.0|yes)$/i;
const FALSE = /^(?:false|0|0\.0|no)$/i;

const NOT_DIVIDED: Division = { splits: undefined, otherwise: '', by: [], notes: [] };

const andMore = ({ count }: FoundRows): string => (count === 1 ? '' : `, and ${formatCount(count - 1)} more`);

/** What a column holds in odd rows, with the first of them and how many more; undefined where there are none. */
function tellOdd(
  texts: CodedValues<Text>,
  isOdd: (text: string) => boolean,
  nameOf: (row: number) => string,
): string | undefined {
  const odd = findRows(texts, (text) => text !== undefined && isOdd(text));
  if (odd.count === 0) return undefined;
  const text = valueAt(texts, odd.first);
  return `${text === '' ? 'nothing' : `"${text}"`} in ${nameOf(odd.first)}${andMore(odd)}`;
}

/** The usual names of splits that texts say. */
const readSplits = (texts: CodedValues<Text>): CodedValues<string> =>
  mapValues(texts, (text) => canonicalSplit(text ?? ''));

/** Whether something holds for some row. */
function someRow(length: number, holds: (row: number) => boolean): boolean {
  for (let row = 0; row < length; row++) if (holds(row)) return true;
  return false;
}

function divideBySplit(column: string, { textsOf, nameOf }: DividedRows): Division {
  const texts = textsOf(column);
  const splits = readSplits(texts);
  if (splits.distinct.some((word) => word !== '')) return { splits, otherwise: '', by: [column], notes: [] };
  const odd = tellOdd(texts, () => true, nameOf);
  return { ...NOT_DIVIDED, notes: odd === undefined ? [] : [`${column} is not used: it holds ${odd}`] };
}

/** Divides by columns that are true for the images of a split. */
function divideByFlags(flags: readonly SplitFlag[], { textsOf, nameOf }: DividedRows): Division {
  const notes: string[] = [];
  const good: { column: string; split: string; isTrue: CodedValues<boolean | undefined> }[] = [];
  for (const { column, split } of flags) {
    const texts = textsOf(column);
    const odd = tellOdd(texts, (text) => !TRUE.test(text) && !FALSE.test(text), nameOf);
    if (odd === undefined) {
      const isTrue = mapValues(texts, (text) => (text === undefined ? undefined : TRUE.test(text)));
      good.push({ column, split, isTrue });
    } else notes.push(`${column} is not used: it holds ${odd}`);
  }
  const [first] = good;
  if (first === undefined) return { ...NOT_DIVIDED, notes };
  const isTrainTold = good.some(({ split }) => split === TRAIN);
  // What is not for training is for tests, unless other columns say which images are.
  const rest = isTrainTold && good.length === 1 ? 'test' : '';
  const splits = createValueCoder<string>();
  for (let row = 0; row < first.isTrue.length; row++) {
    const isSaid = good.some(({ isTrue }) => valueAt(isTrue, row) !== undefined);
    splits.add(good.find(({ isTrue }) => valueAt(isTrue, row))?.split ?? (isSaid ? rest : ''));
  }
  const by = good.map(({ column }) => column);
  return { splits: splits.done(), otherwise: isTrainTold ? '' : TRAIN, by, notes };
}

/** Divides by a column of another name that holds splits and nothing else; tells of one that nearly does. */
function divideByWords(column: string, { textsOf, nameOf, isNamed = () => false }: DividedRows): Division {
  const texts = textsOf(column);
  const words = readSplits(texts);
  const odd = tellOdd(texts, (text) => !isSplit(canonicalSplit(text)), nameOf);
  // Files that are named for training may hold nothing but tests.
  const isDivided = words.distinct.includes(TRAIN) || someRow(words.length, isNamed);
  if (odd === undefined && isDivided) {
    return { splits: words, otherwise: '', by: [column], notes: [] };
  }
  const isNear = odd !== undefined && 2 * findRows(words, isSplit).count >= words.length;
  return { ...NOT_DIVIDED, notes: isNear ? [`${column} is not used: it holds ${odd}`] : [] };
}

/** The splits that columns say of rows: the first that divide them. */
export function divideRows({ split, maybeSplits, flags }: SplitColumns, rows: DividedRows): Division {
  if (split !== undefined) return divideBySplit(split, rows);
  const notes: string[] = [];
  for (const divide of [
    () => divideByFlags(flags, rows),
    ...maybeSplits.map((column) => () => divideByWords(column, rows)),
  ]) {
    const found = divide();
    notes.push(...found.notes);
    if (found.splits !== undefined) return { ...found, notes };
  }
  return { ...NOT_DIVIDED, notes };
}

/**
 * Which columns divide rows, unless one is named for it, and which rows it leaves without a split, for people; also
 * that all are of one split, which is then trained on, whatever it is.
 */
export function describeDivision(
  { split }: SplitColumns,
  { by, splits, otherwise }: Division,
  { nameOf, isNamed = () => false }: DividedRows,
): string[] {
  if (splits === undefined) return [];
  const [only] = splits.distinct.length === 1 ? splits.distinct : [];
  const someNamed = someRow(splits.length, isNamed);
  const isAlike = only !== undefined && only !== '' && only !== TRAIN && !someNamed;
  const gaps = otherwise === '' ? findGaps(splits, isNamed) : NO_ROWS;
  return [
    ...(split === undefined && someRow(splits.length, (row) => !isNamed(row)) ? [`divided by ${by.join(', ')}`] : []),
    ...(isAlike ? [`${by.join(', ')} says ${only} of all`] : []),
    ...(gaps.count === 0 ? [] : [`no split in ${nameOf(gaps.first)}${andMore(gaps)}`]),
  ];
}

const NO_ROWS: FoundRows = { count: 0, first: -1 };

/** Rows of which neither a column nor the name of their file says a split. */
function findGaps(splits: CodedValues<string>, isNamed: (row: number) => boolean): FoundRows {
  const empty = splits.distinct.indexOf('');
  if (empty === -1) return NO_ROWS;
  let [count, first] = [0, -1];
  for (let row = 0; row < splits.length; row++) {
    if (splits.codeAt(row) === empty && !isNamed(row) && count++ === 0) first = row;
  }
  return { count, first };
}
