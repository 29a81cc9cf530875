import { shellWord } from '../../util/shell-word.ts';
import type { FileTree } from '../files/file-tree.ts';
import { isImagePath } from '../files/paths.ts';

/** Files that are named in one command. */
const MOST = 8;

/** How to take some files of a folder alone, for people: " (--data photos/a.npz takes them)", or '' for no way. */
export function commandFor(paths: readonly string[], { kind, where, diskPath }: FileTree): string {
  const [first] = paths;
  if (kind !== 'folder' || first === undefined) return '';
  const take = (place: string): string => ` (--data ${shellWord(place)} takes them)`;
  const top = first.slice(0, first.indexOf('/') + 1);
  if (paths.length === 1 && !isImagePath(first)) return take(diskPath(first) as string);
  if (top !== '' && paths.every((path) => path.startsWith(top))) return take(diskPath(top.slice(0, -1)) as string);
  if (paths.some(isImagePath)) return ' (move them into a folder of their own to take them)';
  const listed = paths.slice(0, MOST).join(',');
  return paths.length > MOST ? take(diskPath(first) as string) : take(`${where.replace(/\/$/, '')}/{${listed}}`);
}
