import { type FileTree, originOf } from '../files/file-tree.ts';
import { readClassFolders } from '../sources/class-folders.ts';
import type { Collection } from '../sources/collection.ts';
import type { ImageSource } from '../sources/image-source.ts';
import { findSplits, splitPrefix } from '../sources/split-folders.ts';

function below(paths: readonly string[], prefix: string): readonly string[] {
  return prefix === '' ? paths : paths.filter((path) => path.startsWith(prefix));
}

/** Image files in a folder or an archive, whose classes and splits are folders, or that have none. */
export async function openImageFiles(tree: FileTree): Promise<Collection | undefined> {
  const { images, kind: place } = tree;
  if (images.length === 0 || place === 'file') return undefined;
  const { train, tests, folders, prefixes } = findSplits(images);
  const bySplit = prefixes.map((prefix) => [prefix, below(images, prefix)] as const);
  return {
    splits: folders,
    train,
    tests,
    notes: [],
    counts: new Map(bySplit.map(([prefix, paths]) => [prefix, paths.length])),
    files: new Set(prefixes.length === 0 ? images : bySplit.flatMap(([, paths]) => paths)),
    async open(split, known): Promise<ImageSource | undefined> {
      const isPrefix = split === '' || split === train || tests.includes(split);
      const prefix = isPrefix ? split : splitPrefix(images, split);
      if (prefix === undefined) return undefined;
      const { paths, ...found } = readClassFolders(below(images, prefix), prefix, known);
      const name = (index: number): string => paths[index] as string;
      return {
        ...found,
        count: paths.length,
        name,
        origin: (index) => originOf(tree, name(index)),
        read: async (index) => tree.read(name(index)),
      };
    },
  };
}
