import { UserError } from '../../util/errors.ts';
import { nearestName } from '../../util/nearest-name.ts';
import { columnsNamed, findSplitColumns, plainName, type SplitColumns } from '../sources/split-columns.ts';
import type { OpenOptions } from './file-tree.ts';
import type { ListTable } from './list-table.ts';

/** Names of columns of paths in order of preference, of which only letters and digits count, in any case. */
const PATH_NAMES = [
  ...['path', 'file', 'image', 'filename', 'filepath', 'imagepath', 'imgpath', 'relativepath', 'relpath'],
  ...['imagefile', 'imgfile', 'imagefilename', 'imagename', 'imgname', 'img'],
  ...['paths', 'files', 'images', 'filenames', 'filepaths', 'imagepaths', 'imagefiles', 'imagenames'],
];

/** The names that messages give. */
export const USUAL_PATH_COLUMNS = 'path, file, image, filename, file_name';

const LABEL_NAMES = ['label', 'class', 'labels'];

/** What pandas calls its index when it writes and reads it. */
const INDEX_COLUMN = /^(?:unnamed: ?\d+)?$/i;

/** Which columns of a list say what. */
export interface ListColumns extends SplitColumns {
  /** Undefined where no name is known. */
  readonly path: string | undefined;
  readonly label: string | undefined;
  /** Columns that say something else. */
  readonly others: readonly string[];
}

/** Whether a column's name says that it holds paths. */
export const isPathColumn = (column: string): boolean => PATH_NAMES.includes(plainName(column));

const findColumn = (table: ListTable, wanted: readonly string[]): string | undefined =>
  columnsNamed(table.columns, wanted)[0];

/** Names of columns for messages. */
export const showColumns = (columns: readonly string[]): string =>
  columns.length === 0 ? 'none' : columns.slice(0, 8).join(', ');

function requireColumn(table: ListTable, column: string, key: string, list: string): void {
  if (table.has(column)) return;
  const near = nearestName(column, table.columns);
  throw new UserError(`expected a column ${column} (${key}), got ${showColumns(table.columns)} (${list})`, {
    hint: near === undefined ? 'Name one of them.' : `Did you mean ${near}?`,
    exitCode: 2,
  });
}

/**
 * Finds the columns of a list by settings and usual names.
 *
 * @throws UserError (exit code 2) for a named column that there is not, or one that is there twice.
 */
export function chooseColumns(table: ListTable, options: OpenOptions, list: string): ListColumns {
  const { pathField, labels } = options;
  const labelField = labels === 'none' ? undefined : options.labelField;
  if (pathField !== undefined) requireColumn(table, pathField, 'data.pathField', list);
  if (labelField !== undefined) requireColumn(table, labelField, 'data.labelField', list);
  const path = pathField ?? findColumn(table, PATH_NAMES);
  const label = labels === 'none' ? undefined : (labelField ?? findColumn(table, LABEL_NAMES));
  const dividing = findSplitColumns(table.columns, (column) => column !== path && column !== label);
  const { split, flags } = dividing;
  const used = [path, label, split, ...flags.map(({ column }) => column)].filter((column) => column !== undefined);
  const twice = used.find((column) => table.columns.indexOf(column) !== table.columns.lastIndexOf(column));
  if (twice !== undefined) {
    throw new UserError(`expected one column ${twice}, got several (${list})`, {
      hint: 'Rename those that are not meant in the first line.',
      exitCode: 2,
    });
  }
  const others = table.columns.filter((column) => !used.includes(column) && !INDEX_COLUMN.test(column));
  return { path, label, ...dividing, others };
}
