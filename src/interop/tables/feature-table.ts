/** Some rows of a table of features, in order. */
export interface TablePart {
  /** Number of rows. */
  readonly count: number;
  /** Names of the images, relative to their data. */
  readonly names: readonly string[];
  /** The split that they belong to; the same for all rows of a part. */
  readonly split: string;
  /** Number of each image in its split, bad ones counted. */
  readonly indices: ArrayLike<number>;
  /** Class of each image; undefined where the split has no labels. */
  readonly labels: ArrayLike<number> | undefined;
  /** Reads float32 [count, width]; not called where a column needs none. */
  features(): Promise<Float32Array>;
}

/** Features of images, a row each, which are read part by part so that memory stays bounded. */
export interface FeatureTable {
  readonly rows: number;
  /** Values of a row. */
  readonly width: number;
  /** Names of the classes by their numbers; undefined where no image has a label. */
  readonly classes: readonly string[] | undefined;
  /** Whether the images belong to splits, which then are a column. */
  readonly hasSplits: boolean;
  /** All rows in order, from the first at each call. */
  parts(): AsyncIterable<TablePart>;
}

/** A file that a table is written to. */
export interface TableFile {
  readonly path: string;
  /** Total bytes, where they are known before the pieces are made. */
  readonly bytes: number | undefined;
  /** The content, made piece by piece. */
  pieces(): AsyncIterable<Uint8Array>;
}

/** The class of a row in a column of numbers; -1 without a label, as scikit-learn marks such rows. */
export const NO_CLASS = -1;

/** A row without its features. */
export interface RowFacts {
  readonly name: string;
  readonly split: string;
  readonly index: number;
  /** Name of the class; '' without a label. */
  readonly label: string;
  /** Number of the class; {@link NO_CLASS} without a label. */
  readonly class: number;
}

/** What is known of row `i` of a part besides its features. */
export function rowFacts({ names, split, indices, labels }: TablePart, i: number, { classes }: FeatureTable): RowFacts {
  const number = labels?.[i] ?? NO_CLASS;
  return {
    name: names[i] as string,
    split,
    index: indices[i] as number,
    label: classes?.[number] ?? '',
    class: number,
  };
}

/** Bytes of values as they lie in memory, little-endian as on every machine that TensorFlow runs on. */
export function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
