import { commonFolder } from '../../util/common-folder.ts';
import { UserError } from '../../util/errors.ts';
import { formatCount } from '../../util/format-count.ts';
import { listNames } from '../../util/list-names.ts';
import { quoteWord } from '../../util/shell-word.ts';
import type { FileTree } from '../files/file-tree.ts';

/** Files that are named one by one in a hint; more are told apart by what is left out. */
const MOST_NAMED = 8;

/** The path that names some files of a folder and none of the others; undefined where none does. */
export function placeOf(where: string, own: readonly string[], others: readonly string[]): string | undefined {
  const folder = commonFolder(own);
  const folders = Array.from(folder.matchAll(/\//g), ({ index }) => folder.slice(0, index + 1));
  const alone = folders.find((prefix) => !others.some((path) => path.startsWith(prefix)));
  if (alone !== undefined) return `${where}/${alone.slice(0, -1)}`;
  const names = own.map((path) => path.slice(folder.length));
  if (names.length === 1) return `${where}/${own[0]}`;
  return names.length <= MOST_NAMED ? `${where}/${folder}{${names.join(',')}}` : undefined;
}

/** The option that names some files of a tree and none of the others. */
function optionFor(tree: FileTree, own: readonly string[], others: readonly string[]): string {
  const place = tree.kind === 'archive' ? undefined : placeOf(tree.where, own, others);
  if (place !== undefined) return `--data ${quoteWord(place)}`;
  const shared = commonFolder(others);
  const patterns = [...new Set(others.map((path) => path.replace(/\d+/g, '*')))].slice(0, MOST_NAMED);
  const left = shared !== '' && !own.some((path) => path.startsWith(shared)) ? [`${shared}**`] : patterns;
  return `--set ${quoteWord(`data.exclude=[${left.join(', ')}]`)}`;
}

/**
 * The error for files of several data sets, which are never joined: it names them, and for each the option that
 * chooses it.
 *
 * @param sets the files of each, by a name for people.
 */
export function severalSets(tree: FileTree, what: string, sets: ReadonlyMap<string, readonly string[]>): UserError {
  const names = [...sets.keys()];
  const all = [...sets.values()].flat();
  const options = [...sets.values()].slice(0, 3).map((own) => {
    const others = all.filter((path) => !own.includes(path));
    return optionFor(tree, own, others);
  });
  const listed = listNames(names, 8);
  return new UserError(
    `expected one ${what}, got ${formatCount(names.length)} that would be mixed up: ${listed} in ${tree.where}`,
    { hint: `Choose one: ${options.join(' or ')}${names.length > 3 ? ' or ...' : ''}`, exitCode: 2 },
  );
}
