import type { FileTree } from '../files/file-tree.ts';
import { decompressHint, isArchivePath, joinHint, unpackCommand } from '../files/unpack-command.ts';

/** How to unpack archives that are not read as they lie: of other kinds, in pieces, nested; undefined without any. */
export function archiveHint({ where, kind, others, diskPath }: FileTree): string | undefined {
  const piece = others.find((path) => joinHint(path) !== undefined);
  const archive = others.find(isArchivePath) ?? piece ?? others.find((path) => decompressHint(path) !== undefined);
  if (archive === undefined) return undefined;
  const path = diskPath(archive) ?? archive;
  const single = kind === 'archive' ? undefined : (joinHint(path) ?? decompressHint(path));
  if (single !== undefined) return single;
  // What is nested comes out with the archive around it, and may then be read in its folder.
  const { command, folder } = unpackCommand(kind === 'archive' ? where : path);
  return `Unpack it: ${command} (then --data ${folder})`;
}
