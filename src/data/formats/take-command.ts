import { formatCount } from '../../util/format-count.ts';
import { shellWord } from '../../util/shell-word.ts';
import type { FileTree } from '../files/file-tree.ts';
import { isImagePath } from '../files/paths.ts';

/** Files that are named in one command. */
const MOST = 8;

/** Says how many of the images that are meant a place gives as `--data`; 0 where it does not open or gives others. */
export type CountTaken = (place: string) => Promise<number>;

/** Places that may give some files of a folder, the best first. */
function placesFor(paths: readonly string[], { where, diskPath }: FileTree): string[] {
  const [first = ''] = paths;
  const [file, top] = [diskPath(first) as string, first.slice(0, first.indexOf('/') + 1)];
  const isBelow = top !== '' && paths.every((path) => path.startsWith(top));
  const folder = isBelow ? [diskPath(top.slice(0, -1)) as string] : [];
  if (paths.some(isImagePath)) return folder;
  if (paths.length === 1) return [file];
  const isFew = paths.length <= MOST && !paths.some((path) => /[{},]/.test(path));
  return [...folder, ...(isFew ? [`${where.replace(/\/$/, '')}/{${paths.join(',')}}`] : []), file];
}

/**
 * How to take some files of a folder alone, for people: " (--data photos/a.npz takes them)", or '' for no way. It was
 * tried before it is told.
 *
 * @param count images that the files hold.
 */
export async function commandFor(
  paths: readonly string[],
  tree: FileTree,
  count: number,
  countTaken: CountTaken,
): Promise<string> {
  if (tree.kind !== 'folder' || paths.length === 0) return '';
  for (const place of placesFor(paths, tree)) {
    const taken = await countTaken(place);
    if (taken > 0)
      return ` (--data ${shellWord(place)} takes ${taken >= count ? 'them' : `${formatCount(taken)} of them`})`;
  }
  return paths.some(isImagePath) ? ' (move them into a folder of their own to take them)' : '';
}
