import { UserError } from '../util/errors.ts';
import type { FileTree } from './files/file-tree.ts';
import { extensionOf, IMAGE_EXTENSION_NAMES, isOtherImagePath } from './files/paths.ts';
import type { Collection, ImageSource } from './image-source.ts';

const formatCount = (count: number): string => count.toLocaleString('en-US');

/** Says what was found where no format fits. */
export function unknownFormat({ where, kind, others }: FileTree): UserError {
  const isPickle = others.some((path) => /(^|\/)(data_batch_\d|test_batch)$|\.(pkl|pickle|pt|pth)$/.test(path));
  const isZip = others.some((path) => path.endsWith('.zip'));
  const pickle = isPickle
    ? 'Python pickles are never loaded: fetch the binary version, or save the images as files. '
    : '';
  if (kind === 'file') {
    const hint = isZip
      ? 'Unpack the zip file and name its folder.'
      : 'Name the folder that holds the images; datasets.md lists the formats.';
    return new UserError(
      `expected a folder of images, an archive (.tar, .tar.gz, .tgz) or a file of a known format, got another: ${where}`,
      {
        hint: pickle + hint,
        exitCode: 2,
      },
    );
  }
  const counts = new Map<string, number>();
  for (const path of others) counts.set(extensionOf(path), (counts.get(extensionOf(path)) ?? 0) + 1);
  const most = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 5);
  const seen = most.map(([extension, count]) => `${formatCount(count)} ${extension || 'without extension'}`);
  return new UserError(
    `expected images (${IMAGE_EXTENSION_NAMES}), got ${seen.length === 0 ? 'no files' : `only other files (${seen.join(', ')})`} in ${where}`,
    { hint: `${pickle}Name the folder that holds the images or their class folders.`, exitCode: 2 },
  );
}

/** For example "class folders: 50,000 images in 10 classes". */
export function describeSource({ kind, count, size, labels, classes }: ImageSource): string {
  const images = `${formatCount(count)} images${size === undefined ? '' : ` of ${size.width} x ${size.height}`}`;
  return labels === undefined
    ? `images without labels (${kind}): ${images}`
    : `${kind}: ${images} in ${formatCount(classes.length)} classes`;
}

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
