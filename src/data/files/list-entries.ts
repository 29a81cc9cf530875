import { UserError } from '../../util/errors.ts';
import { formatCount } from '../../util/format-count.ts';
import { shellWord } from '../../util/shell-word.ts';
import { canonicalSplit, TESTS, TRAIN } from '../sources/splits.ts';
import type { OpenOptions } from './file-tree.ts';
import { type ListColumns, type SplitFlag, showColumns } from './list-columns.ts';
import type { ListTable } from './list-table.ts';

/** The images of a list, line by line. */
export interface ListEntries {
  /** Numbers of the lines in the file, from 1. */
  readonly lines: readonly number[];
  readonly paths: readonly string[];
  /** Values of the column of labels; undefined without one, and where it is empty. */
  readonly labels: readonly unknown[] | undefined;
  /** Names of splits, '' for none; undefined where the list is not divided. */
  readonly splits: readonly string[] | undefined;
  /** Why there are no labels although there are columns beside the paths; undefined otherwise. */
  readonly unlabelled: string | undefined;
  /** How the list was divided where no column is named split, for people. */
  readonly notes: readonly string[];
}

const TRUE = /^(?:true|1|1\.0|yes)$/i;
const FALSE = /^(?:false|0|0\.0|no)$/i;

const kindOf = (value: unknown): string => (Array.isArray(value) ? 'a list' : 'a structure');

const isCompound = (value: unknown): boolean => typeof value === 'object' && value !== null;

const textOf = (value: unknown): string => (value === undefined || value === null ? '' : String(value));

function requirePlain(column: string, values: readonly unknown[], lines: readonly number[], key: string, list: string) {
  const index = values.findIndex(isCompound);
  if (index === -1) return;
  const value = values[index] as object;
  const inner = Array.isArray(value) ? undefined : Object.keys(value)[0];
  const hint =
    inner === undefined
      ? 'Name another column.'
      : `Name what is inside: --set ${shellWord(`${key}=${column}.${inner}`)}`;
  throw new UserError(
    `expected a text or number in the column ${column} (${key}), got ${kindOf(value)} in line ${lines[index]} (${list})`,
    { hint, exitCode: 2 },
  );
}

interface Division {
  /** Undefined where nothing divides the list. */
  readonly splits: readonly string[] | undefined;
  readonly notes: readonly string[];
  /** The columns that divide it. */
  readonly by: readonly string[];
}

type ValuesOf = (column: string) => readonly unknown[];

const notUsed = (column: string, value: string, line: number | undefined): string =>
  `${column} is not used: it holds ${value === '' ? 'nothing' : `"${value}"`} in line ${line}`;

/** Divides a list by columns that are true for the images of a split. */
function divideByFlags(flags: readonly SplitFlag[], valuesOf: ValuesOf, lines: readonly number[]): Division {
  const notes: string[] = [];
  const good: { column: string; split: string; isTrue: boolean[] }[] = [];
  for (const { column, split } of flags) {
    const texts = valuesOf(column).map(textOf);
    const odd = texts.findIndex((text) => !TRUE.test(text) && !FALSE.test(text));
    if (odd === -1) good.push({ column, split, isTrue: texts.map((text) => TRUE.test(text)) });
    else notes.push(notUsed(column, texts[odd] as string, lines[odd]));
  }
  const by = good.map(({ column }) => column);
  if (good.length === 0) return { splits: undefined, notes, by };
  const isTrainTold = good.some(({ split }) => split === TRAIN);
  // What is not for training is for tests, unless other columns say which images are.
  const rest = !isTrainTold ? TRAIN : good.length === 1 ? 'test' : '';
  const splits = lines.map((_, i) => good.find(({ isTrue }) => isTrue[i])?.split ?? rest);
  return { splits, notes: [`divided by ${by.join(', ')}`, ...notes], by };
}

/** Divides a list by a column of another name that holds splits and nothing else; tells of one that nearly does. */
function divideByWords(column: string, valuesOf: ValuesOf, lines: readonly number[]): Division {
  const texts = valuesOf(column).map(textOf);
  const words = texts.map(canonicalSplit);
  const isWord = (word: string): boolean => word === TRAIN || TESTS.includes(word);
  const odd = words.findIndex((word) => !isWord(word));
  const known = words.filter(isWord).length;
  if (odd === -1 && words.includes(TRAIN)) {
    return { splits: words, notes: [`divided by ${column}`], by: [column] };
  }
  const isNear = odd !== -1 && 2 * known >= words.length;
  return { splits: undefined, notes: isNear ? [notUsed(column, texts[odd] as string, lines[odd])] : [], by: [] };
}

/** The splits that columns say, and a note where that is not what a name says first. */
function readSplits(
  { split, maybeSplits, flags }: ListColumns,
  valuesOf: ValuesOf,
  lines: readonly number[],
): Division {
  if (split !== undefined) {
    return { splits: valuesOf(split).map((value) => canonicalSplit(textOf(value))), notes: [], by: [split] };
  }
  const tried = divideByFlags(flags, valuesOf, lines);
  const notes = [...tried.notes];
  if (tried.splits !== undefined) return tried;
  for (const column of maybeSplits) {
    const found = divideByWords(column, valuesOf, lines);
    notes.push(...found.notes);
    if (found.splits !== undefined) return { ...found, notes };
  }
  return { splits: undefined, notes, by: [] };
}

/**
 * Reads the images of a list. Its column of paths must be known.
 *
 * @throws UserError (exit code 2) for a line that can't be read, or a named column that holds no labels or paths.
 */
export function readListEntries(
  table: ListTable,
  columns: ListColumns & { readonly path: string },
  options: OpenOptions,
  list: string,
): ListEntries {
  const { path, label, others } = columns;
  const dividing = [...columns.flags.map(({ column }) => column), ...columns.maybeSplits];
  const wanted = [path, label, columns.split, ...dividing].filter((name) => name !== undefined);
  const { lines, values, short } = table.read(wanted);
  const valuesOf = (column: string): readonly unknown[] => values[wanted.indexOf(column)] as readonly unknown[];
  const paths = valuesOf(path);
  requirePlain(path, paths, lines, 'data.pathField', list);
  const labels = label === undefined ? undefined : valuesOf(label);
  if (label !== undefined && label === options.labelField && labels !== undefined) {
    requirePlain(label, labels, lines, 'data.labelField', list);
    if (lines.length > 0 && labels.every((value) => textOf(value) === '')) {
      throw new UserError(`expected labels in the column ${label} (data.labelField), got none in any line (${list})`, {
        hint: 'Leave data.labelField out, or name another column.',
        exitCode: 2,
      });
    }
  }
  const { splits, notes: told, by } = readSplits(columns, valuesOf, lines);
  const shortLines = `${formatCount(short.length)} ${short.length === 1 ? 'line' : 'lines'}, such as line ${short[0]}`;
  const notes = short.length === 0 ? told : [...told, `fewer fields than columns in ${shortLines}`];
  const rest = others.filter((name) => !by.includes(name));
  const isLooked = options.labels !== 'none' && label === undefined && rest.length > 0;
  const isEmpty = labels?.every((value) => textOf(value) === '') === true;
  const unlabelled = isEmpty
    ? `the column ${label} is empty`
    : isLooked
      ? `no column label or class; data.labelField can name another: ${showColumns(rest)}`
      : undefined;
  return { lines, paths: paths.map(textOf), labels: isEmpty ? undefined : labels, splits, unlabelled, notes };
}
