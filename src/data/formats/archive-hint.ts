import type { FileTree } from '../files/file-tree.ts';
import { isArchivePath, unpackCommand } from '../files/unpack-command.ts';

/** How to unpack archives that are not read as they lie: of other kinds, or inside another; undefined without any. */
export function archiveHint({ where, kind, others, diskPath }: FileTree): string | undefined {
  const archive = others.find(isArchivePath);
  if (archive === undefined) return undefined;
  // What is nested comes out with the archive around it, and may then be read in its folder.
  const { command, folder } = unpackCommand(kind === 'archive' ? where : (diskPath(archive) ?? archive));
  return `Unpack it: ${command} (then --data ${folder})`;
}
