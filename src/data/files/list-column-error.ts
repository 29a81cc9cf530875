import { mapValues, valueAt } from '../../util/coded-values.ts';
import { UserError } from '../../util/errors.ts';
import { shellWord } from '../../util/shell-word.ts';
import { besides } from './beside-path.ts';
import { showColumns, USUAL_PATH_COLUMNS } from './list-columns.ts';
import { findPlaces } from './list-places.ts';
import type { ListTable } from './list-table.ts';
import { packTexts } from './packed-texts.ts';
import { isImagePath } from './paths.ts';
import { isSingleQuoted, singleQuoteHint } from './single-quotes.ts';

/** Columns that are tried for paths. */
const MOST_COLUMNS = 64;

/** Lines that are tried for columns of paths. */
const TRIED = 8;

/** Columns whose values lead to files, those that look like paths first: numbers may be names by chance. */
export async function columnsOfFiles(table: ListTable, list: string, folder: string): Promise<string[]> {
  const leading: { readonly column: string; readonly isPlain: boolean }[] = [];
  const columns = table.columns.slice(0, MOST_COLUMNS);
  const { lines, values } = await table.read(columns, { most: TRIED });
  for (const [i, column] of columns.entries()) {
    const found = values[i];
    if (found === undefined) continue;
    const texts = mapValues(found, (value) =>
      typeof value === 'string' || typeof value === 'number' ? `${value}` : '',
    );
    if (texts.length === 0 || texts.distinct.includes('')) continue;
    const paths = Array.from({ length: texts.length }, (_, row) => valueAt(texts, row));
    // Attributes, of which a list may have many: each try looks into the folders below the list.
    if (texts.distinct.length < paths.length && paths.every((text) => Number.isFinite(Number(text)))) continue;
    const isFound = await findPlaces({ list, folder, lines, paths: packTexts(paths) }).then(
      () => true,
      (error: unknown) => {
        if (error instanceof UserError) return false;
        throw error;
      },
    );
    if (isFound) leading.push({ column, isPlain: !isImagePath(paths[0] as string) });
  }
  return leading.sort((a, b) => Number(a.isPlain) - Number(b.isPlain)).map(({ column }) => column);
}

/** The error of a list whose paths lead to no file, with the other column that does, if any. */
export async function otherColumnError(
  error: UserError,
  table: ListTable,
  path: string,
  list: string,
  folder: string,
): Promise<UserError> {
  const others = { ...table, columns: table.columns.filter((column) => column !== path) };
  const [name] = await columnsOfFiles(others, list, folder);
  if (name === undefined) return error;
  const hint = `The column ${name} leads to files: --set ${shellWord(`data.pathField=${name}`)}`;
  return new UserError(error.message, { hint, exitCode: 2, cause: error });
}

/** The header that a list without one lacks: `path` for the image, `label` for the first other field. */
function headerFor(first: readonly string[], delimiter: string): string {
  const at = first.findIndex(isImagePath);
  const others = first.map((_, i) => i).filter((i) => i !== at);
  return first.map((_, i) => (i === at ? 'path' : i === others[0] ? 'label' : `column${i + 1}`)).join(delimiter);
}

/** What is wrong with a list that has no column of a usual name for paths, and what helps. */
export async function pathColumnError(table: ListTable, list: string, folder: string): Promise<UserError> {
  const { columns, delimiter } = table;
  const got = showColumns(columns);
  const message = `expected a column ${USUAL_PATH_COLUMNS}, got ${got} (${list})`;
  const of = (hint: string): UserError => new UserError(message, { hint, exitCode: 2 });
  if (delimiter !== undefined && columns.some(isSingleQuoted)) return of(singleQuoteHint(delimiter, list));
  if (delimiter !== undefined && columns.some(isImagePath)) {
    const header = columns.length === 1 ? 'path' : headerFor(columns, delimiter);
    const command = `sed ${shellWord(`1i ${header}`)} ${shellWord(list)} > ${shellWord(besides(list, 'header'))}`;
    return of(`The first line names the columns. This adds it: ${command}`);
  }
  const found = await columnsOfFiles(table, list, folder);
  if (found.length > 0) {
    const [name = ''] = found;
    const set = `--set ${shellWord(`data.pathField=${name}`)}`;
    return of(
      found.length === 1 ? `Name it: ${set}` : `${found.join(', ')} hold paths. Name the one that is meant: ${set}`,
    );
  }
  if (delimiter === undefined)
    return of('Write {"path": "a.jpg", "label": "cat"} in each line, or name it: --set data.pathField=NAME');
  return of('Name the columns in the first line (path,label), or the one of paths: --set data.pathField=NAME');
}
