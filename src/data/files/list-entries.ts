import { UserError } from '../../util/errors.ts';
import { shellWord } from '../../util/shell-word.ts';
import { canonicalSplit, TESTS, TRAIN } from '../sources/splits.ts';
import type { OpenOptions } from './file-tree.ts';
import { type ListColumns, showColumns } from './list-columns.ts';
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

/** The splits that a column says, and a note where that is not what its name says first. */
function readSplits(
  { split, maybeSplit, isValid }: ListColumns,
  valuesOf: (column: string | undefined) => readonly unknown[] | undefined,
  lines: readonly number[],
): { splits: readonly string[] | undefined; notes: readonly string[] } {
  const named = valuesOf(split);
  if (named !== undefined) return { splits: named.map((value) => canonicalSplit(textOf(value))), notes: [] };
  const flags = valuesOf(isValid)?.map(textOf);
  if (flags !== undefined) {
    const odd = flags.findIndex((flag) => !TRUE.test(flag) && !FALSE.test(flag));
    if (odd !== -1) {
      const got = flags[odd] === '' ? 'nothing' : `"${flags[odd]}"`;
      return { splits: undefined, notes: [`${isValid} is not used: it holds ${got} in line ${lines[odd]}`] };
    }
    const splits = flags.map((flag) => (TRUE.test(flag) ? 'valid' : TRAIN));
    return { splits, notes: [`divided by ${isValid}`] };
  }
  const words = valuesOf(maybeSplit)?.map((value) => canonicalSplit(textOf(value)));
  const isSplit = words?.includes(TRAIN) && words.every((word) => word === TRAIN || TESTS.includes(word));
  return isSplit ? { splits: words, notes: [`divided by ${maybeSplit}`] } : { splits: undefined, notes: [] };
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
  const wanted = [path, label, columns.split, columns.maybeSplit, columns.isValid].filter((name) => name !== undefined);
  const { lines, values } = table.read(wanted);
  const valuesOf = (column: string | undefined): readonly unknown[] | undefined =>
    column === undefined ? undefined : values[wanted.indexOf(column)];
  const paths = valuesOf(path) as readonly unknown[];
  requirePlain(path, paths, lines, 'data.pathField', list);
  const labels = valuesOf(label);
  if (label !== undefined && label === options.labelField && labels !== undefined) {
    requirePlain(label, labels, lines, 'data.labelField', list);
    if (lines.length > 0 && labels.every((value) => textOf(value) === '')) {
      throw new UserError(`expected labels in the column ${label} (data.labelField), got none in any line (${list})`, {
        hint: 'Leave data.labelField out, or name another column.',
        exitCode: 2,
      });
    }
  }
  const { splits, notes } = readSplits(columns, valuesOf, lines);
  const rest = others.filter((name) => splits === undefined || name !== columns.maybeSplit);
  const isLooked = options.labels !== 'none' && label === undefined && rest.length > 0;
  const isEmpty = labels?.every((value) => textOf(value) === '') === true;
  const unlabelled = isEmpty
    ? `the column ${label} is empty`
    : isLooked
      ? `no column label or class; data.labelField can name another: ${showColumns(rest)}`
      : undefined;
  return { lines, paths: paths.map(textOf), labels: isEmpty ? undefined : labels, splits, unlabelled, notes };
}
