/** Encoded images in a fixed order, with a class each where the layout gives one. */
export interface ImageSource {
  /** One line for people: what kind of layout, how many images and classes. */
  readonly description: string;
  readonly count: number;
  /** Class index of each image, or undefined where the layout names no classes. */
  readonly labels: Int32Array | undefined;
  /** Class names in the order of their indices; empty without labels. */
  readonly classes: readonly string[];
  /** The image's path below the data set's folder or archive, with forward slashes. */
  name(index: number): string;
  /**
   * The encoded bytes of one image.
   *
   * @throws DecodeProblem where this one file can't be read; other errors mean that the whole source fails.
   */
  read(index: number): Promise<Uint8Array>;
}

/** Image files of a folder or an archive, before splits and classes are read out of their paths. */
export interface Listing {
  /** The folder or archive as the user named it. */
  readonly where: string;
  readonly kind: 'folder' | 'archive';
  /** Paths of image files below `where`, with forward slashes, in the order of `comparePaths`. */
  readonly paths: readonly string[];
  /** How many other files there are of each extension ('' for none). */
  readonly otherFiles: ReadonlyMap<string, number>;
  /** Entries that were left out on purpose, such as links in an archive. */
  readonly refused: readonly string[];
  /** @throws DecodeProblem where this one file can't be read. */
  read(path: string): Promise<Uint8Array>;
  close(): Promise<void>;
}
