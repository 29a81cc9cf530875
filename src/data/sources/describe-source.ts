import type { ImageSource } from './image-source.ts';

/** A number as English text writes it: 50,000. */
export const formatCount = (count: number): string => count.toLocaleString('en-US');

/** For example "class folders: 50,000 images in 10 classes". */
export function describeSource({ kind, count, size, labels, classes }: ImageSource): string {
  const images = `${formatCount(count)} images${size === undefined ? '' : ` of ${size.width} x ${size.height}`}`;
  return labels === undefined
    ? `images without labels (${kind}): ${images}`
    : `${kind}: ${images} in ${formatCount(classes.length)} classes`;
}
