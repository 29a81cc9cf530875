import { splitOf } from '../sources/splits.ts';

const IMAGE_WORDS = new Set(['image', 'images', 'img', 'imgs', 'x', 'data', 'pixels', 'arr_0']);
const LABEL_WORDS = new Set(['label', 'labels', 'y', 'target', 'targets', 'class', 'classes', 'arr_1']);

/** Words of arrays that say something of images and are none. */
const OTHER_WORDS = new Set(
  'id ids mean std var stats embedding embeddings feature features path paths name names size sizes shape shapes'.split(
    ' ',
  ),
);

/** Whether a word says what arrays are, not of which data set; NumPy itself calls them `arr_0`. */
export const isRoleWord = (word: string): boolean => IMAGE_WORDS.has(word) || LABEL_WORDS.has(word) || word === 'arr';

/** An array's name: the file without its extension, and within an .npz the array's. */
interface Named {
  readonly name: string;
}

const lastOf = (name: string): string => name.slice(name.lastIndexOf('/') + 1);

export const baseOf = (name: string): string => lastOf(name).toLowerCase();

const wordsOf = (text: string): string[] =>
  ['arr_0', 'arr_1'].includes(text)
    ? [text]
    : text
        .replace(/(\p{Ll}|\p{N})(\p{Lu})/gu, '$1 $2')
        .toLowerCase()
        .split(/[^\p{L}\p{N}]+/u)
        .filter((word) => word !== '');

/** What an array is by the words of its name; `x_train` and `train_images` hold training images. */
export function roleOf({ name }: Named): 'images' | 'labels' | undefined {
  const words = wordsOf(lastOf(name));
  if (words.some((word) => LABEL_WORDS.has(word))) return 'labels';
  return words.some((word) => IMAGE_WORDS.has(word)) ? 'images' : undefined;
}

/** The words that are left without that of the split. */
const restOf = (base: string): string[] => wordsOf(base).filter((word) => splitOf(word) === '');

/** Whether a name says images, maybe a split, and nothing else: `x_train`, not `x_train_aug`. */
export const isPlain = ({ name }: Named): boolean => restOf(lastOf(name)).every((word) => IMAGE_WORDS.has(word));

/** Whether a name says that an array is about images: `image_ids`, `x_mean`. */
export const isAbout = ({ name }: Named): boolean => restOf(lastOf(name)).some((word) => OTHER_WORDS.has(word));

/** Whether a name may be that of the classes' names: `class_names`, `classes`. */
export function mayNameClasses({ name }: Named): boolean {
  const words = restOf(lastOf(name));
  return words.includes('name') || words.includes('names') || words.join(' ') === 'classes';
}

/** Whether a name is the one that the user gives, with a split or without: `y` is `y_train`, not `y_train_coarse`. */
export function isExactly({ name }: Named, wanted: string): boolean {
  const base = baseOf(name);
  return base === wanted.toLowerCase() || restOf(lastOf(name)).join(' ') === wordsOf(wanted).join(' ');
}

/** What a name says beside its role and split, folders included: `cifar` of `cifar_images`, `a` of `a/labels`. */
export function stemOf({ name }: Named): string {
  const parts = name.split('/').map((part) => restOf(part).filter((word) => !isRoleWord(word)));
  return parts.flat().join(' ');
}
