import { posix } from 'node:path';
import { UserError } from '../../util/errors.ts';
import { quoteWord } from '../../util/shell-word.ts';
import type { FileTree } from '../files/file-tree.ts';
import { type NpyArray, readNpy } from '../files/npy.ts';
import { openNpz } from '../files/npz.ts';
import { extensionOf } from '../files/paths.ts';
import { noImages } from '../sources/no-images.ts';
import { splitOf } from '../sources/splits.ts';
import { baseOf, isAbout, isExactly, isPlain, mayNameClasses, roleOf, stemOf } from './numpy-names.ts';
import { pixelLayout } from './numpy-pixels.ts';
import { severalSets } from './one-set.ts';

/** An array whose header is read only where its name says that it is needed. */
export interface UnreadArray {
  /** The file without its extension, and within an .npz the array's name. */
  readonly name: string;
  readonly path: string;
  readonly read: () => Promise<NpyArray>;
}

/** All arrays of a tree's .npy and .npz files, with their names. */
export async function listArrays(tree: FileTree, memoryBytes: number): Promise<UnreadArray[]> {
  const arrays: UnreadArray[] = [];
  for (const path of tree.others) {
    const name = path.slice(0, -4);
    if (extensionOf(path) === '.npy')
      arrays.push({ name, path, read: async () => readNpy(await tree.open(path), path) });
    if (extensionOf(path) !== '.npz') continue;
    const inside = [...(await openNpz(tree.diskPath(path) ?? path, await tree.open(path), memoryBytes))];
    for (const [inner, bytes] of inside) {
      // Saved without a name, as KMNIST's are: `kmnist-train-imgs.npz`.
      const isUnnamed = inside.length === 1 && inner === 'arr_0' && roleOf({ name }) !== undefined;
      arrays.push({
        name: isUnnamed ? name : `${name}/${inner}`,
        path,
        read: () => readNpy(bytes, `${path}/${inner}`),
      });
    }
  }
  return arrays;
}

/** The error for arrays whose names say nothing of images, with the option that takes one of them. */
export function arraysProblem(arrays: readonly UnreadArray[], { where, diskPath }: FileTree): UserError {
  const seen = arrays.slice(0, 8).map(({ name }) => name);
  const images = arrays.find((array) => extensionOf(array.path) === '.npy' && roleOf(array) === undefined);
  const labels = arrays.find(
    (array) =>
      images !== undefined && posix.dirname(array.path) === posix.dirname(images.path) && roleOf(array) === 'labels',
  );
  const first = images === undefined ? undefined : diskPath(images.path);
  const last = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
  const place =
    first === undefined || labels === undefined
      ? first
      : `${first.slice(0, -last(first).length)}{${last(first)},${last(labels.path)}}`;
  const beside = labels === undefined ? '' : ' with its labels';
  const one = place === undefined ? '' : ` To take one of the arrays${beside}: --data ${quoteWord(place)}`;
  return noImages(
    `expected an array of images, got ${seen.length === 0 ? 'none' : `arrays named ${seen.join(', ')}`} in ${where}`,
    `Name the arrays images and labels, or x_train, y_train, x_test and y_test.${one}`,
  );
}

/** Whether an array can't be images, by its name and shape: a mean, or a number for each image. */
async function isOther(array: UnreadArray): Promise<boolean> {
  if (isPlain(array)) return false;
  return isAbout(array) || (await array.read()).shape.length < 3;
}

/** The arrays with shape and type of images, whatever their names say; an error of the first where none has them. */
async function fittingOnes(named: readonly UnreadArray[]): Promise<UnreadArray[]> {
  const fitting: UnreadArray[] = [];
  let problem: UserError | undefined;
  for (const array of named) {
    try {
      await pixelLayout(await array.read());
      fitting.push(array);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problem ??= error;
    }
  }
  if (fitting.length === 0 && problem !== undefined) throw noImages(problem.message, problem.hint);
  return fitting;
}

/** An .npz, or the folder of an .npy. */
const placeOf = (path: string): string => (extensionOf(path) === '.npz' ? path : posix.dirname(path));

/** The error for several arrays of one split, any of which could be its images. */
function severalArrays(arrays: readonly UnreadArray[], tree: FileTree): UserError {
  const folders = new Map(arrays.map(({ path }) => [posix.dirname(path), path]));
  if (folders.size > 1) {
    const files = tree.others.filter((path) => /\.np[yz]$/i.test(path));
    const filesOf = (folder: string): string[] => files.filter((path) => posix.dirname(path) === folder);
    return severalSets(tree, 'data set', new Map([...folders.keys()].map((folder) => [folder, filesOf(folder)])));
  }
  const [first, ...others] = arrays as [UnreadArray, ...UnreadArray[]];
  const paths = [...new Set(others.map(({ path }) => path))].filter((path) => path !== first.path);
  if (paths.length > 0 && [first.path, ...paths].every((path) => extensionOf(path) === '.npz')) {
    return severalSets(tree, 'data set', new Map([first.path, ...paths].map((path) => [path, [path]])));
  }
  const split = splitOf(first.name);
  const array = first.name.slice(first.name.lastIndexOf('/') + 1);
  const code = `import numpy; a = numpy.load("${first.path}"); numpy.savez("images.npz", images=a["${array}"])`;
  const hint =
    paths.length > 0
      ? `Leave out all but one: --set 'data.exclude=[${paths.join(', ')}]'`
      : `Save the one to train on, with its labels if it has any: python3 -c '${code}'`;
  const names = arrays.map(({ name }) => name).join(' and ');
  return new UserError(
    `expected one array of ${split || 'training'} images, got ${arrays.length}: ${names} in ${tree.where}`,
    { hint, exitCode: 2 },
  );
}

/**
 * The arrays of images, one for each split: plainly named ones before others, such as `x_train` before `x_train_aug`.
 *
 * @throws UserError (exit code 2) where several can be meant, or none can be images.
 */
export async function chooseImages(named: readonly UnreadArray[], tree: FileTree): Promise<UnreadArray[]> {
  const found: UnreadArray[] = [];
  for (const array of named) if (!(await isOther(array))) found.push(array);
  if (found.length === 0) found.push(...(await fittingOnes(named)));
  return [...new Set(found.map(({ name }) => splitOf(name)))].flatMap((split) => {
    const arrays = found.filter(({ name }) => splitOf(name) === split);
    const plain = arrays.filter(isPlain);
    // Those of other files or folders are of another data set, whatever their names.
    const isOnePlace = new Set(arrays.map(({ path }) => placeOf(path))).size === 1;
    const chosen = plain.length > 0 && isOnePlace ? plain : arrays;
    if (chosen.length > 1) throw severalArrays(chosen, tree);
    return chosen;
  });
}

/** The arrays of labels that can belong to an array of images, or why none of those that there are does. */
export interface LabelChoice {
  readonly found: readonly UnreadArray[];
  readonly why?: string | undefined;
}

/**
 * The arrays of labels of an array's split, in its own .npz where that has some, and of its name where that says more
 * than images; with `labelField` the one of this name, or else those that it is a part of the names of.
 *
 * @param splits those of all images.
 */
export function labelsFor(
  images: UnreadArray,
  labels: readonly UnreadArray[],
  labelField: string | undefined,
  splits: ReadonlySet<string>,
): LabelChoice {
  const split = splitOf(images.name);
  const ofSplit = labels.filter(({ name }) => splitOf(name) === split);
  const other = ofSplit.length > 0 ? undefined : labels.find(({ name }) => !splits.has(splitOf(name)));
  if (other !== undefined) {
    const [its, own] = [splitOf(other.name) || 'no split', split || 'no split'];
    return { found: [], why: `${other.name} is for ${its} by its name, ${images.name} for ${own}: name both alike` };
  }
  const exact = labelField === undefined ? [] : ofSplit.filter((array) => isExactly(array, labelField));
  const wanted = labelField?.toLowerCase() ?? '';
  const fitting = exact.length > 0 ? exact : ofSplit.filter(({ name }) => baseOf(name).includes(wanted));
  const own = fitting.filter(({ path }) => path === images.path);
  if (own.length > 0 || fitting.length === 0) return { found: own };
  const stem = stemOf(images);
  const alike = fitting.filter((array) => stemOf(array) === stem);
  if (alike.length > 0) return { found: alike };
  const open = fitting.filter((array) => stem === '' || stemOf(array) === '');
  const [first] = fitting;
  if (open.length > 0 || labelField !== undefined) return { found: open.length > 0 ? open : fitting };
  return { found: [], why: `${first?.name} has another name than ${images.name}, and may be of other images` };
}

/**
 * Leaves out arrays of classes' names (`class_names`, `classes`): where other labels are there, and where there is not
 * one for each image.
 */
export async function leaveClassNames(
  images: UnreadArray,
  choice: LabelChoice,
  labelField: string | undefined,
): Promise<LabelChoice> {
  if (labelField !== undefined) return choice;
  const plain = choice.found.filter((array) => !mayNameClasses(array));
  if (plain.length > 0) return { ...choice, found: plain };
  const [count] = (await images.read()).shape;
  const found: UnreadArray[] = [];
  for (const array of choice.found) if ((await array.read()).shape.includes(count ?? 0)) found.push(array);
  return { ...choice, found };
}
