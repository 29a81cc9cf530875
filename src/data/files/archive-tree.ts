import { posix } from 'node:path';
import { sortPaths } from '../../util/sort-paths.ts';
import { DecodeProblem } from '../pixels/decode-problem.ts';
import type { Bytes } from './bytes.ts';
import type { FileTree } from './file-tree.ts';
import { LARGEST_FILE } from './image-folder.ts';
import { describeHidden, describeSkipped, isHiddenImage, isHiddenPath, isImagePath, isSystemPath } from './paths.ts';

/** An archive's files. */
export interface Archive extends FileTree {
  /** Bytes of memory that its content takes. */
  readonly heldBytes: number;
}

/** A file that an archive lists. */
interface Member {
  readonly path: string;
  /** Bytes, unpacked. */
  readonly size: number;
}

/** What an archive lists, and how one of its files is read. */
interface Listing<T extends Member> {
  readonly files: readonly T[];
  readonly refused: readonly string[];
  /** @throws DecodeProblem where this one file can't be read. */
  read(entry: T): Promise<Uint8Array>;
  open(entry: T): Promise<Bytes>;
}

/**
 * The files of an archive by their paths, but for hidden ones and those that systems leave. Of entries with one name
 * the last counts, as when unpacking; the others are listed as refused.
 */
export function treeOfEntries<T extends Member>(
  where: string,
  { files, refused, read, open }: Listing<T>,
): { tree: Omit<Archive, 'close' | 'heldBytes'>; entries: ReadonlyMap<string, T> } {
  const entries = new Map<string, T>();
  const replaced: string[] = [];
  const system = new Set<string>();
  const hidden = new Set<string>();
  for (const file of files) {
    if (isSystemPath(file.path)) {
      system.add(file.path);
      continue;
    }
    if (isHiddenPath(file.path)) {
      if (isHiddenImage(file.path) && !isHiddenPath(posix.dirname(file.path))) hidden.add(file.path);
      continue;
    }
    if (entries.has(file.path)) replaced.push(`${file.path} (stands again later in the archive)`);
    entries.set(file.path, file);
  }
  const names = [...entries.keys()];
  const tree = {
    where,
    kind: 'archive' as const,
    images: sortPaths(names.filter(isImagePath)),
    others: sortPaths(names.filter((name) => !isImagePath(name))),
    refused: [...refused, ...replaced],
    notes: [...describeSkipped('system files', [...system]), ...describeHidden([...hidden], where)],
    read: async (name: string) => {
      const entry = entries.get(name);
      if (entry === undefined) throw new DecodeProblem('does not exist');
      if (entry.size > LARGEST_FILE) throw new DecodeProblem(`is ${entry.size} bytes, the limit is ${LARGEST_FILE}`);
      return read(entry);
    },
    open: async (name: string) => {
      const entry = entries.get(name);
      if (entry === undefined) throw new Error(`${where} has no ${name}`);
      return open(entry);
    },
    diskPath: () => undefined,
  };
  return { tree, entries };
}
