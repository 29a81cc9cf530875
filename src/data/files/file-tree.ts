import type { Bytes } from './bytes.ts';
import type { Exclusion } from './exclusion.ts';
import type { LabelValue } from './label-files.ts';
import type { IndexCache } from './tar-index-cache.ts';

/** How files are opened, and images found in them. */
export interface OpenOptions {
  /** Bytes of memory that compressed files, and images that can't be read in place, may take. */
  readonly memoryBytes: number;
  /** `none`: labels are left alone, whatever there is (default: `auto`). */
  readonly labels?: 'auto' | 'none' | undefined;
  /** Which of several labels: a column, a key, or `fine` or `coarse` of CIFAR-100. */
  readonly labelField?: string | undefined;
  /** Column of a list that holds the paths (default: one of the usual names). */
  readonly pathField?: string | undefined;
  /** What the user leaves out of the paths below the place. */
  readonly exclusion?: Exclusion | undefined;
  /** Where indices of large archives are kept; not at all without it. */
  readonly indexCache?: IndexCache | undefined;
}

/** The files below a folder, inside an archive, or named by the user: all that a format needs to find its images. */
export interface FileTree {
  /** The folder, archive or file as the user named it. */
  readonly where: string;
  readonly kind: 'folder' | 'archive' | 'file';
  /** What label files say, by their paths; a tar archive's only. */
  readonly labels?: ReadonlyMap<string, LabelValue> | undefined;
  /** Paths of image files below `where`, with forward slashes, in the order of `sortPaths`. */
  readonly images: readonly string[];
  /** Paths of all other files, in that order. */
  readonly others: readonly string[];
  /** Entries that were left out on purpose, such as links in an archive. */
  readonly refused: readonly string[];
  /** What this tool wrote itself among the files, left out while they were listed; notes don't have it yet. */
  readonly own?: readonly string[] | undefined;
  /** What was chosen or left out among the files, for people, such as "own outputs left out: 1 (runs/a)". */
  readonly notes?: readonly string[] | undefined;
  /** A whole image file. @throws DecodeProblem where this one file can't be read. */
  read(path: string): Promise<Uint8Array>;
  /** Any file, to be read in parts; closed with the tree if not before. */
  open(path: string): Promise<Bytes>;
  /** Where a file lies on the disk; undefined inside an archive. */
  diskPath(path: string): string | undefined;
  close(): Promise<void>;
}

/** The file on the disk that holds a tree's file: the file itself, or the archive that it is in. */
export function originOf(tree: FileTree, path: string): string {
  return tree.diskPath(path) ?? tree.where;
}
