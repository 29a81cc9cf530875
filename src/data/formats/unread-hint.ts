import type { FileTree } from '../files/file-tree.ts';
import { unpackCommand } from '../files/unpack-command.ts';
import { archiveHint } from './archive-hint.ts';
import { foreignHint } from './foreign-files.ts';
import { pythonHint } from './python-files.ts';

/** What to do with files of which none can be read; undefined where they are unknown. */
export function unreadHint(tree: FileTree): string | undefined {
  if (tree.kind !== 'archive') return pythonHint(tree) ?? archiveHint(tree) ?? foreignHint(tree);
  // Commands are for files on the disk: those of an archive as they will lie there.
  const { command, path } = unpackCommand(tree.where);
  const unpacked: FileTree = { ...tree, kind: 'folder', where: path, diskPath: (name) => `${path}/${name}` };
  const hint = pythonHint(unpacked);
  if (hint !== undefined && !hint.includes(path)) return hint;
  const nested = hint === undefined ? archiveHint(tree) : undefined;
  if (nested !== undefined) return nested;
  const then = hint ?? foreignHint(unpacked);
  return then === undefined ? undefined : `Unpack it first: ${command}. ${then}`;
}
