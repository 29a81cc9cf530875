import pLimit from 'p-limit';
import { sortPaths } from '../../util/sort-paths.ts';
import { spreadEvenly } from '../../util/spread-evenly.ts';
import { contentProblem } from '../pixels/content.ts';
import { isPpm } from '../pixels/ppm.ts';
import type { FileTree } from './file-tree.ts';
import { extensionOf } from './paths.ts';

/** Files that are looked into at first, spread evenly; if none is an image, the others are left alone. */
const SAMPLE = 32;

/** Files that are looked into at the same time. */
const CONCURRENCY = 16;

/** Bytes that show what a file is. */
const HEAD = 128;

/** Whether a name does not say what a file holds: it has no suffix, or a number for one, as in `sun_0001` or `a.01`. */
const isUnnamed = (path: string): boolean => /^(\.\d+)?$/.test(extensionOf(path));

async function beginsAsImage(tree: FileTree, path: string): Promise<boolean> {
  try {
    const bytes = await tree.open(path);
    try {
      const head = await bytes.readAt(0, HEAD);
      return isPpm(head) || contentProblem(head) === undefined;
    } finally {
      await bytes.close();
    }
  } catch {
    // What can't be read is no image; it is counted with the files that were not read.
    return false;
  }
}

/**
 * A tree whose images include those without a suffix, which are known by their first bytes.
 *
 * A few are looked into; only where some of these are images, all are, since files on a network are slow to open.
 */
export async function findUnnamedImages(tree: FileTree): Promise<FileTree> {
  const unnamed = tree.kind === 'file' ? [] : tree.others.filter(isUnnamed);
  const limit = pLimit(CONCURRENCY);
  const findIn = async (paths: readonly string[]): Promise<string[]> => {
    const found = await Promise.all(paths.map((path) => limit(() => beginsAsImage(tree, path))));
    return paths.filter((_, i) => found[i]);
  };
  const sample = Array.from(spreadEvenly(unnamed.length, SAMPLE), (i) => unnamed[i] as string);
  if ((await findIn(sample)).length === 0) return tree;
  const found = new Set(await findIn(unnamed));
  return {
    ...tree,
    images: sortPaths([...tree.images, ...found]),
    others: tree.others.filter((path) => !found.has(path)),
  };
}
