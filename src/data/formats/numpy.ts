import { UserError } from '../../util/errors.ts';
import { formatCount } from '../../util/format-count.ts';
import { type FileTree, type OpenOptions, originOf } from '../files/file-tree.ts';
import { checkUnpacked } from '../files/npz.ts';
import { createRecordReader, toRgb } from '../files/records.ts';
import { type Collection, collectionOf } from '../sources/collection.ts';
import { requireCountable } from '../sources/image-count.ts';
import type { ImageSource } from '../sources/image-source.ts';
import { type Labels, NO_LABELS, offerNoLabels, withoutLabels } from '../sources/labels.ts';
import { splitOf } from '../sources/splits.ts';
import {
  arraysProblem,
  chooseImages,
  type LabelChoice,
  labelsFor,
  leaveClassNames,
  listArrays,
  type UnreadArray,
} from './numpy-arrays.ts';
import { numpyLabels } from './numpy-labels.ts';
import { baseOf, isExactly, isRoleWord, roleOf } from './numpy-names.ts';
import { pixelLayout } from './numpy-pixels.ts';
import { nameArrays } from './numpy-unnamed.ts';
import { refuseOtherTests } from './other-tests.ts';

async function readLabels(
  { found, why }: LabelChoice,
  count: number,
  images: string,
  memoryBytes: number,
): Promise<Labels> {
  const [label, ...others] = found;
  if (label === undefined) return why === undefined ? NO_LABELS : withoutLabels(why);
  if (others.length > 0) {
    const names = found.map(({ name }) => baseOf(name)).join(', ');
    return withoutLabels(`${formatCount(found.length)} arrays could be labels, ${names}: data.labelField chooses one`);
  }
  return offerNoLabels(async () => numpyLabels(await label.read(), count, images, memoryBytes));
}

async function openImages(
  unread: UnreadArray,
  labels: LabelChoice,
  tree: FileTree,
  memoryBytes: number,
): Promise<ImageSource> {
  const images = await unread.read();
  const layout = await pixelLayout(images);
  const [count = 0] = images.shape;
  requireCountable(count, memoryBytes, images.where);
  const { height, width, channels } = layout;
  const read = createRecordReader(images.bytes, { start: images.start, length: height * width * channels, count });
  const origin = originOf(tree, unread.path);
  return {
    kind: 'NumPy arrays',
    count,
    size: { height, width },
    ...(await readLabels(labels, count, images.where, memoryBytes)),
    name: (index) => `${images.where}[${index}]`,
    origin: () => origin,
    read: async (index) => toRgb(await read(index), layout),
  };
}

/** Checks that the array which the user names for labels has some. */
function checkField(
  labelField: string,
  labels: readonly UnreadArray[],
  sources: readonly (readonly [string, ImageSource])[],
): void {
  if (sources.some(([, source]) => source.labels !== undefined)) return;
  const why = sources.map(([, { unlabelled }]) => unlabelled).find((reason) => reason !== undefined);
  const names = labels.map(({ name }) => baseOf(name)).join(', ');
  const got = why === undefined ? names : `none: ${why}`;
  throw new UserError(`expected an array of labels named ${labelField} (data.labelField), got ${got}`, {
    hint: `Name one of the arrays (${names}), or a part of its name, or leave data.labelField out.`,
    exitCode: 2,
  });
}

/**
 * NumPy arrays: .npy files, or the arrays of an .npz file, paired by their names: `images` and `labels`, `x_train` and
 * `y_train`, `test_images` and `test_labels`.
 *
 * @throws UserError (exit code 2) for arrays that are no images, whose lengths differ, or whose names say nothing.
 */
export async function openNumpy(tree: FileTree, options: OpenOptions): Promise<Collection | undefined> {
  if (!tree.others.some((path) => /\.np[yz]$/i.test(path))) return undefined;
  const { memoryBytes, labelField } = options;
  const { arrays, notes: byShape } = await nameArrays(await listArrays(tree, memoryBytes), tree);
  // Of a single array that is no labels, the name need not say more.
  const isOnly = arrays.filter((array) => roleOf(array) !== 'labels').length === 1 && tree.images.length === 0;
  const roleIn = (array: UnreadArray) =>
    labelField !== undefined && isExactly(array, labelField)
      ? 'labels'
      : (roleOf(array) ?? (isOnly ? 'images' : undefined));
  const named = arrays.filter((array) => roleIn(array) === 'images');
  const labels = options.labels === 'none' ? [] : arrays.filter((array) => roleIn(array) === 'labels');
  if (named.length === 0) throw arraysProblem(arrays, tree);
  const images = await chooseImages(named, tree);
  const found = images.map(({ name, path }) => ({ name, path, split: splitOf(name) }));
  refuseOtherTests(tree, found, isRoleWord);
  checkUnpacked(await Promise.all(images.map((array) => array.read())), memoryBytes);
  const splits = new Set(found.map(({ split }) => split));
  const used = new Set<UnreadArray>(images);
  const sources: [split: string, source: ImageSource][] = [];
  for (const array of images) {
    const own = await leaveClassNames(array, labelsFor(array, labels, labelField, splits), labelField);
    for (const label of own.found) used.add(label);
    sources.push([splitOf(array.name), await openImages(array, own, tree, memoryBytes)]);
  }
  if (labelField !== undefined && labels.length > 0) checkField(labelField, labels, sources);
  const files = new Set([...used].map(({ path }) => path));
  const isTold = (array: UnreadArray): boolean => named.includes(array) || files.has(array.path);
  const unread = arrays.filter((array) => !used.has(array) && isTold(array)).map(({ name }) => name);
  const notes = [...byShape, ...(unread.length === 0 ? [] : [`arrays not read: ${unread.join(', ')}`])];
  return collectionOf(sources, files, notes);
}
