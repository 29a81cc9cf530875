/** Height and width in pixels. */
export interface ImageSize {
  readonly height: number;
  readonly width: number;
}

/** A size for people, as `640 x 480`: the width first. */
export const describeSize = ({ height, width }: ImageSize): string => `${width} x ${height}`;

/** Says that images differ in size, with two of the sizes. */
export function differentSizes(a: ImageSize, b: ImageSize): string {
  return `images differ in size (${describeSize(a)}, ${describeSize(b)})`;
}

/** Whether two sizes are equal. */
export const isSameSize = (a: ImageSize, b: ImageSize): boolean => a.height === b.height && a.width === b.width;
