import type { FileTree, OpenOptions } from '../files/file-tree.ts';
import type { Collection } from '../sources/collection.ts';
import { openCifar } from './cifar.ts';
import { openIdxFiles } from './idx.ts';
import { openImageFiles } from './image-files.ts';
import { LIST_FILE, openList } from './list.ts';
import { openNumpy } from './numpy.ts';
import { openParquet } from './parquet.ts';
import { SHARD } from './shard-notes.ts';
import { openShards } from './shards.ts';
import { openStl10 } from './stl10.ts';

/** A way in which images are stored. */
export interface Format {
  /** What its files are, for people. */
  readonly kind: string;
  /** Files that may be of it, by their names; undefined where each image is a file. */
  readonly files: RegExp | undefined;
  /** Whether an image can have several labels, of which `labelField` chooses one. */
  readonly hasLabelFields: boolean;
  /** Answers undefined where files are not of this format; it looks at names before contents. */
  open(tree: FileTree, options: OpenOptions): Promise<Collection | undefined>;
}

/** Archives in a folder: whatever lies unpacked comes before them. */
export const ARCHIVES: Format = { kind: 'archives', files: SHARD, open: openShards, hasLabelFields: true };

/** The other formats; of two with equally many images the first is taken. */
export const UNPACKED: readonly Format[] = [
  { kind: 'image files', files: undefined, open: openImageFiles, hasLabelFields: false },
  { kind: 'a list', files: LIST_FILE, open: openList, hasLabelFields: true },
  { kind: 'CIFAR', files: /(_batch(_\d+)?|(^|\/)(train|test))\.bin$/i, open: openCifar, hasLabelFields: true },
  { kind: 'STL-10', files: /_X\.bin$/i, open: openStl10, hasLabelFields: false },
  { kind: 'IDX', files: /images[-._]idx3[-._]ubyte(\.gz)?$/i, open: openIdxFiles, hasLabelFields: false },
  { kind: 'NumPy', files: /\.np[yz]$/i, open: openNumpy, hasLabelFields: true },
  { kind: 'Parquet', files: /\.parquet$/i, open: openParquet, hasLabelFields: true },
];
