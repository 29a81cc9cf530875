import { formatPlural } from '../../util/format-count.ts';
import type { ImageSource } from './image-source.ts';

/** For example "class folders: 50,000 images in 10 classes". */
export function describeSource({ kind, count, size, labels, classes, unlabelled }: ImageSource): string {
  const images = `${formatPlural(count, 'image')}${size === undefined ? '' : ` of ${size.width} x ${size.height}`}`;
  return labels === undefined
    ? `images without labels (${kind}${unlabelled === undefined ? '' : `; ${unlabelled}`}): ${images}`
    : `${kind}: ${images} in ${formatPlural(classes.length, 'class', 'classes')}`;
}
