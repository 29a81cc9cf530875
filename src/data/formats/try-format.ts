import { UserError } from '../../util/errors.ts';
import { spreadEvenly } from '../../util/spread-evenly.ts';
import type { Bytes } from '../files/bytes.ts';
import type { FileTree, OpenOptions } from '../files/file-tree.ts';
import type { Collection } from '../sources/collection.ts';
import type { Format } from './known-formats.ts';

/** What a format made of files: a collection, or why it could not. */
export interface Attempt {
  readonly format: Format;
  readonly collection?: Collection | undefined;
  /** Images of the collection; 0 without. */
  readonly count: number;
  readonly error?: UserError | undefined;
  /** Closes what was opened for it. */
  close(): Promise<void>;
}

/** Files whose sizes are looked at; others are taken to be like them. */
const MOST_SIZES = 64;

/** How many images a collection of a format holds; parts of splits are counted once. */
export function countImages({ files, counts, total }: Collection, format: Format): number {
  // Image files are counted without sorting them.
  if (format.files === undefined) return files.size;
  return total ?? [...counts.values()].reduce((sum, count) => sum + count, 0);
}

/**
 * Reads files by one format, if they are of it. A mistake in them is part of the answer; anything else is thrown.
 *
 * @returns undefined where files are not of the format.
 */
export async function tryFormat(format: Format, tree: FileTree, options: OpenOptions): Promise<Attempt | undefined> {
  const opened: Bytes[] = [];
  const open = async (path: string): Promise<Bytes> => {
    const bytes = await tree.open(path);
    opened.push(bytes);
    return bytes;
  };
  const closeFiles = async (): Promise<void> => {
    await Promise.all(opened.map((bytes) => bytes.close()));
  };
  try {
    const collection = await format.open({ ...tree, open }, options);
    if (collection === undefined) return undefined;
    const count = countImages(collection, format);
    const close = async (): Promise<void> => {
      await collection.close?.();
      await closeFiles();
    };
    return { format, collection, count, close };
  } catch (error) {
    await closeFiles();
    if (!(error instanceof UserError)) throw error;
    return { format, count: 0, error, close: async () => {} };
  }
}

/** The files of a tree that an attempt is about: those that it reads, or else those of its format by their names. */
export function filesOf({ format, collection }: Attempt, tree: FileTree): string[] {
  const all = [...tree.images, ...tree.others];
  return all.filter((path) => collection?.files.has(path) ?? format.files?.test(path));
}

/** About how many bytes files of a tree have. */
export async function estimateBytes(paths: readonly string[], tree: FileTree): Promise<number> {
  const some = [...spreadEvenly(paths.length, MOST_SIZES)].map((index) => paths[index] as string);
  let sum = 0;
  for (const path of some) {
    try {
      const bytes = await tree.open(path);
      sum += bytes.size;
      await bytes.close();
    } catch (error) {
      // What can't be read has no bytes to offer; whoever needs it says why.
      if (!(error instanceof UserError)) throw error;
    }
  }
  return some.length === 0 ? 0 : (sum / some.length) * paths.length;
}
