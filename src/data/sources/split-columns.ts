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
  readonly splits: readonly string[] | undefined;
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
  readonly textsOf: (column: string) => readonly Text[];
  /** Names a row, for people. */
  readonly nameOf: (row: number) => string;
  /** Whether the name of its file says a row's split; without it none does. */
  readonly isNamed?: ((row: number) => boolean) | undefined;
}

const TRUE = /^(?:true|1|1\.0|yes)$/i;
const FALSE = /^(?:false|0|0\.0|no)$/i;

const NOT_DIVIDED: Division = { splits: undefined, otherwise: '', by: [], notes: [] };

const andMore = (others: number): string => (others === 0 ? '' : `, and ${formatCount(others)} more`);

/** What a column holds in odd rows, with the first of them and how many more; undefined where there are none. */
function tellOdd(
  texts: readonly Text[],
  isOdd: (text: string) => boolean,
  nameOf: (row: number) => string,
): string | undefined {
  const odd = texts.flatMap((text, row) => (text !== undefined && isOdd(text) ? [row] : []));
  const [first] = odd;
  if (first === undefined) return undefined;
  return `${texts[first] === '' ? 'nothing' : `"${texts[first]}"`} in ${nameOf(first)}${andMore(odd.length - 1)}`;
}

/** How to read the usual names of splits out of texts, of which there may be millions, and few different ones. */
function readerOf(texts: readonly Text[]): (text: Text) => string {
  const known = new Map([...new Set(texts)].map((text) => [text, canonicalSplit(text ?? '')]));
  return (text) => known.get(text) as string;
}

function divideBySplit(column: string, { textsOf, nameOf }: DividedRows): Division {
  const texts = textsOf(column);
  const splits = texts.map(readerOf(texts));
  if (splits.some((word) => word !== '')) return { splits, otherwise: '', by: [column], notes: [] };
  const odd = tellOdd(texts, () => true, nameOf);
  return { ...NOT_DIVIDED, notes: odd === undefined ? [] : [`${column} is not used: it holds ${odd}`] };
}

/** Divides by columns that are true for the images of a split. */
function divideByFlags(flags: readonly SplitFlag[], { textsOf, nameOf }: DividedRows): Division {
  const notes: string[] = [];
  const good: { column: string; split: string; isTrue: (boolean | undefined)[] }[] = [];
  for (const { column, split } of flags) {
    const texts = textsOf(column);
    const odd = tellOdd(texts, (text) => !TRUE.test(text) && !FALSE.test(text), nameOf);
    if (odd === undefined)
      good.push({ column, split, isTrue: texts.map((text) => (text === undefined ? undefined : TRUE.test(text))) });
    else notes.push(`${column} is not used: it holds ${odd}`);
  }
  const [first] = good;
  if (first === undefined) return { ...NOT_DIVIDED, notes };
  const isTrainTold = good.some(({ split }) => split === TRAIN);
  // What is not for training is for tests, unless other columns say which images are.
  const rest = isTrainTold && good.length === 1 ? 'test' : '';
  const splits = first.isTrue.map((_, i) => {
    const isSaid = good.some(({ isTrue }) => isTrue[i] !== undefined);
    return good.find(({ isTrue }) => isTrue[i])?.split ?? (isSaid ? rest : '');
  });
  return { splits, otherwise: isTrainTold ? '' : TRAIN, by: good.map(({ column }) => column), notes };
}

/** Divides by a column of another name that holds splits and nothing else; tells of one that nearly does. */
function divideByWords(column: string, { textsOf, nameOf, isNamed = () => false }: DividedRows): Division {
  const texts = textsOf(column);
  const read = readerOf(texts);
  const words = texts.map(read);
  const odd = tellOdd(texts, (text) => !isSplit(read(text)), nameOf);
  // Files that are named for training may hold nothing but tests.
  const isDivided = words.includes(TRAIN) || words.some((_, row) => isNamed(row));
  if (odd === undefined && isDivided) {
    return { splits: words, otherwise: '', by: [column], notes: [] };
  }
  const isNear = odd !== undefined && 2 * words.filter(isSplit).length >= words.length;
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
  const [only] = new Set(splits).size === 1 ? splits : [];
  const isAlike = only !== undefined && only !== '' && only !== TRAIN && splits.every((_, row) => !isNamed(row));
  const gaps = otherwise === '' ? splits.flatMap((word, row) => (word === '' && !isNamed(row) ? [row] : [])) : [];
  const [first] = gaps;
  return [
    ...(split === undefined && splits.some((_, row) => !isNamed(row)) ? [`divided by ${by.join(', ')}`] : []),
    ...(isAlike ? [`${by.join(', ')} says ${only} of all`] : []),
    ...(first === undefined ? [] : [`no split in ${nameOf(first)}${andMore(gaps.length - 1)}`]),
  ];
}
