import { posix } from 'node:path';
import { formatCount, formatPlural } from '../../util/format-count.ts';
import { shellWord } from '../../util/shell-word.ts';
import { countKinds } from '../files/count-kinds.ts';
import type { FileTree } from '../files/file-tree.ts';
import { isForeignPicture } from '../files/paths.ts';
import { unreadHint } from '../formats/unread-hint.ts';
import type { Collection } from '../sources/collection.ts';
import type { ImageSource } from '../sources/image-source.ts';

/** For example "test 10,000". */
export function describeTest(test: ImageSource | undefined, train: ImageSource): string {
  if (test === undefined) return 'no test images';
  const unlabelled = test.labels === undefined && train.labels !== undefined ? ' (without labels)' : '';
  return `test ${formatCount(test.count)}${unlabelled}`;
}

/** Splits that are named where they are not used; the others are counted together. */
const MOST_SPLITS = 5;

const formatImages = (count: number): string => formatPlural(count, 'image');

/** The splits that are there, and serve neither for training nor for tests: "not used: val (5,000 images)". */
export function describeUnused({ counts }: Collection, isUsed: (split: string) => boolean): string[] {
  const unused = [...counts].filter(([split, count]) => count > 0 && !isUsed(split));
  if (unused.length === 0) return [];
  const named = unused.slice(0, MOST_SPLITS).map(([split, count]) => {
    return `${split.replace(/\/$/, '') || 'files that name no split'} (${formatImages(count)})`;
  });
  const others = unused.slice(MOST_SPLITS).reduce((sum, [, count]) => sum + count, 0);
  return [`not used: ${[...named, ...(others > 0 ? [`others (${formatImages(others)})`] : [])].join(', ')}`];
}

/** What was left out, such as links in an archive, or files that are no images. */
export function describeLeftOut(tree: FileTree, collection: Collection): string[] {
  const { refused } = tree;
  const entries = formatPlural(refused.length, 'entry', 'entries');
  const unread = [...tree.images, ...tree.others].filter((path) => !collection.files.has(path));
  const files = formatPlural(unread.length, 'file');
  return [
    ...(refused.length === 0 ? [] : [`${entries} left out, such as ${refused[0]}`]),
    ...(unread.length === 0 ? [] : [`not read: ${files} (${countKinds(unread)}), such as ${unread[0]}`]),
    ...(tree.notes ?? []),
    ...collection.notes,
  ];
}

/** How to take pictures of kinds that are not read, and lie beside those that are: a sentence for each extension. */
export function adviseForeignPictures(tree: FileTree, { files }: Collection): string[] {
  if (tree.kind === 'file') return [];
  const pictures = tree.others.filter((path) => isForeignPicture(path) && !files.has(path));
  const extensions = [...new Set(pictures.map((path) => posix.extname(path)))];
  return extensions.flatMap((extension) => {
    const others = pictures.filter((path) => path.endsWith(extension));
    const hint = unreadHint({ ...tree, images: [], others });
    if (hint === undefined) return [];
    const exclude = shellWord(`data.exclude=${JSON.stringify([`**/*${extension}`])}`);
    const count = `${formatPlural(others.length, `${extension} picture`)} ${others.length === 1 ? 'is' : 'are'} not read`;
    return [`${count}. ${hint}; or leave them out: --set ${exclude}`];
  });
}
