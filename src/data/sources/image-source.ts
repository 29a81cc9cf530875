import type { ImageSize } from '../pixels/image-size.ts';
import type { StoredImage } from '../pixels/stored-image.ts';

/** Images in a fixed order, with a class each where the format gives one. */
export interface ImageSource {
  /** What they were read from, for people: `class folders`, `CIFAR-10 binary`. */
  readonly kind: string;
  readonly count: number;
  /** Height and width in pixels where the format says that all images have them. */
  readonly size?: ImageSize | undefined;
  /** Class index of each image, or undefined where there are no classes. */
  readonly labels: Int32Array | undefined;
  /** Class names in the order of their indices; empty without labels. */
  readonly classes: readonly string[];
  /** Why there are no labels although some were looked for, such as "b.jpg has none"; for people. */
  readonly unlabelled?: string | undefined;
  /** What to mind about its classes, for people. */
  readonly warnings?: readonly string[] | undefined;
  /** Says which image it is, below the data set's folder or file, with forward slashes. */
  name(index: number): string;
  /** The file on the disk that holds it: the image itself, or an archive or array of many. */
  origin(index: number): string;
  /**
   * One image, encoded or decoded.
   *
   * @throws DecodeProblem where this one image can't be read; other errors mean that the whole source fails.
   */
  read(index: number): Promise<StoredImage>;
}
