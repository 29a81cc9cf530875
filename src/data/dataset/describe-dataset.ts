import type { FileTree } from '../files/file-tree.ts';
import { isOtherImagePath } from '../files/paths.ts';
import type { Collection } from '../sources/collection.ts';
import { formatCount } from '../sources/describe-source.ts';
import type { ImageSource } from '../sources/image-source.ts';

/** For example "test 10,000". */
export function describeTest(test: ImageSource | undefined, train: ImageSource): string {
  if (test === undefined) return 'no test images';
  const unlabelled = test.labels === undefined && train.labels !== undefined ? ' (without labels)' : '';
  return `test ${formatCount(test.count)}${unlabelled}`;
}

/** What was left out, such as links in an archive, or GIFs among the images. */
export function describeLeftOut(tree: FileTree, collection: Collection): string[] {
  const refused =
    tree.refused.length === 0
      ? []
      : [
          `${formatCount(tree.refused.length)} ${tree.refused.length === 1 ? 'entry' : 'entries'} left out, such as ${tree.refused[0]}`,
        ];
  const others = tree.images.length === 0 ? [] : tree.others.filter(isOtherImagePath);
  const unread =
    others.length === 0
      ? []
      : [`${formatCount(others.length)} images of kinds that are not read left out, such as ${others[0]}`];
  return [...refused, ...unread, ...collection.notes];
}
