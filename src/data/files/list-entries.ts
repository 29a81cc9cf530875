import { type CodedValues, type FoundRows, findRows, mapValues } from '../../util/coded-values.ts';
import { UserError } from '../../util/errors.ts';
import { formatPlural } from '../../util/format-count.ts';
import type { Numbers } from '../../util/packed-numbers.ts';
import { shellWord } from '../../util/shell-word.ts';
import { describeDivision, divideRows } from '../sources/split-columns.ts';
import type { OpenOptions } from './file-tree.ts';
import { type ListColumns, showColumns } from './list-columns.ts';
import { columnsOfSplits } from './list-division.ts';
import type { CompoundValue, ListTable } from './list-table.ts';
import { textOf } from './list-value.ts';
import type { PackedTexts } from './packed-texts.ts';

/** The images of a list, line by line. */
export interface ListEntries {
  /** Numbers of the lines in the file, from 1. */
  readonly lines: Numbers;
  readonly paths: PackedTexts;
  /** Values of the column of labels; undefined without one, and where it is empty. */
  readonly labels: CodedValues<unknown> | undefined;
  /** Names of splits, '' for none; undefined where the list is not divided. */
  readonly splits: CodedValues<string> | undefined;
  /** Why there are no labels although there are columns beside the paths; undefined otherwise. */
  readonly unlabelled: string | undefined;
  /** How the list was divided, and what columns of splits hold beside them, for people. */
  readonly notes: readonly string[];
}

const kindOf = (value: unknown): string => (Array.isArray(value) ? 'a list' : 'a structure');

const isCompound = (value: unknown): boolean => typeof value === 'object' && value !== null;

/** The first list or structure in a column. */
function findCompound(values: CodedValues<unknown>, lines: Numbers): CompoundValue | undefined {
  const { first } = findRows(values, isCompound);
  return first === -1 ? undefined : { line: lines.at(first), value: values.distinct.find(isCompound) };
}

function refuseCompound(column: string, found: CompoundValue | undefined, key: string, list: string): void {
  if (found === undefined) return;
  const { line } = found;
  const value = found.value as object;
  const inner = Array.isArray(value) ? undefined : Object.keys(value)[0];
  const hint =
    inner === undefined
      ? 'Name another column.'
      : `Name what is inside: --set ${shellWord(`${key}=${column}.${inner}`)}`;
  throw new UserError(
    `expected a text or number in the column ${column} (${key}), got ${kindOf(value)} in line ${line} (${list})`,
    { hint, exitCode: 2 },
  );
}

/**
 * Reads the images of a list. Its column of paths must be known.
 *
 * @throws UserError (exit code 2) for a line that can't be read, or a named column that holds no labels or paths.
 */
export async function readListEntries(
  table: ListTable,
  columns: ListColumns & { readonly path: string },
  options: OpenOptions,
  list: string,
): Promise<ListEntries> {
  const { path, label, others } = columns;
  const maybeSplits = [...columns.maybeSplits, ...(await columnsOfSplits(table, columns))];
  const dividing = [...columns.flags.map(({ column }) => column), ...maybeSplits];
  const wanted = [label, columns.split, ...dividing].filter((name) => name !== undefined);
  const { lines, values, packed: paths, compound, short, headers } = await table.read(wanted, { packed: path });
  const valuesOf = (column: string): CodedValues<unknown> => values[wanted.indexOf(column)] as CodedValues<unknown>;
  refuseCompound(path, compound, 'data.pathField', list);
  const labels = label === undefined ? undefined : valuesOf(label);
  const isEmpty = labels?.distinct.every((value) => textOf(value) === '') === true;
  if (label !== undefined && label === options.labelField && labels !== undefined) {
    refuseCompound(label, findCompound(labels, lines), 'data.labelField', list);
    if (lines.length > 0 && isEmpty) {
      throw new UserError(`expected labels in the column ${label} (data.labelField), got none in any line (${list})`, {
        hint: 'Leave data.labelField out, or name another column.',
        exitCode: 2,
      });
    }
  }
  const textsOf = (column: string): CodedValues<string> => mapValues(valuesOf(column), textOf);
  const rows = { textsOf, nameOf: (row: number) => `line ${lines.at(row)}` };
  const division = divideRows({ ...columns, maybeSplits }, rows);
  const told = [...describeDivision(columns, division, rows), ...division.notes];
  const linesOf = ({ count, first }: FoundRows): string => `${formatPlural(count, 'line')}, such as line ${first}`;
  const notes = [
    ...told,
    ...(short.count === 0 ? [] : [`fewer fields than columns in ${linesOf(short)}`]),
    ...(headers.count === 0 ? [] : [`header again in ${linesOf(headers)}`]),
  ];
  const rest = others.filter((name) => !division.by.includes(name));
  const isLooked = options.labels !== 'none' && label === undefined && rest.length > 0;
  const unlabelled = isEmpty
    ? `the column ${label} is empty`
    : isLooked
      ? `no column label or class; data.labelField can name another: ${showColumns(rest)}`
      : undefined;
  const splits = division.splits && mapValues(division.splits, (split) => split || division.otherwise);
  return { lines, paths, labels: isEmpty ? undefined : labels, splits, unlabelled, notes };
}
