import type { FileTree, OpenOptions } from '../files/file-tree.ts';
import type { Collection } from '../sources/collection.ts';
import { openCifar } from './cifar.ts';
import { openIdxFiles } from './idx.ts';
import { openImageFiles } from './image-files.ts';
import { openList } from './list.ts';
import { openNumpy } from './numpy.ts';
import { openParquet } from './parquet.ts';
import { openShards } from './shards.ts';
import { openStl10 } from './stl10.ts';

/** A way in which images are stored. */
export interface Format {
  /** Whether an image can have several labels, of which `labelField` chooses one. */
  readonly hasLabelFields: boolean;
  /** Answers undefined where files are not of this format; it looks at names before contents. */
  open(tree: FileTree, options: OpenOptions): Promise<Collection | undefined>;
}

/** The formats in the order in which they are tried; image files beside them come first, but for shards with labels. */
export const FORMATS: readonly Format[] = [
  { open: openShards, hasLabelFields: true },
  { open: openImageFiles, hasLabelFields: false },
  { open: openList, hasLabelFields: true },
  { open: openCifar, hasLabelFields: true },
  { open: openStl10, hasLabelFields: false },
  { open: openIdxFiles, hasLabelFields: false },
  { open: openNumpy, hasLabelFields: true },
  { open: openParquet, hasLabelFields: true },
];
