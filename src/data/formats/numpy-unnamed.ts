import { UserError } from '../../util/errors.ts';
import { quoteWord } from '../../util/shell-word.ts';
import type { FileTree } from '../files/file-tree.ts';
import type { UnreadArray } from './numpy-arrays.ts';

/** Names that `numpy.savez` gives to arrays without one. */
const UNNAMED = /\/arr_\d+$/;

/** An array without a name, with the lengths of its sides. */
interface Shaped {
  readonly array: UnreadArray;
  readonly name: string;
  readonly shape: readonly number[];
}

const countOf = ({ shape }: Shaped): number => shape[0] ?? 0;

function problem(arrays: readonly Shaped[], tree: FileTree, path: string): UserError {
  const [train, ...rest] = arrays.filter(({ shape }) => shape.length >= 3);
  const listed = arrays.map(({ name, shape }) => `${name} [${shape.join(', ')}]`).join(', ');
  const named = [train, ...rest.slice(0, 1)].flatMap((images, i) =>
    images === undefined ? [] : [`${['x_train', 'x_test'][i]}=a["${images.name}"]`],
  );
  const file = tree.diskPath(path) ?? tree.where;
  const code = `import numpy, sys; a = numpy.load(sys.argv[1]); numpy.savez("named.npz", ${named.join(', ')})`;
  return new UserError(`expected arrays with names, got ${listed} in ${file}`, {
    hint: `Name those that you know, with y_train and y_test for labels: python3 -c ${quoteWord(code)} ${quoteWord(file)}`,
    exitCode: 2,
  });
}

/** The names of two arrays of images and two of labels, where their lengths tell them; the more images train. */
function namesOf(arrays: readonly Shaped[]): Map<UnreadArray, string> | undefined {
  const [train, test, ...otherImages] = arrays.filter(({ shape }) => shape.length >= 3);
  const labels = arrays.filter(({ shape }) => shape.length < 3);
  if (train === undefined || test === undefined || otherImages.length > 0 || labels.length !== 2) return undefined;
  const [trainLabels, testLabels] = [train, test].map((images) => labels.find((a) => countOf(a) === countOf(images)));
  if (countOf(train) <= countOf(test) || trainLabels === undefined || testLabels === undefined) return undefined;
  return new Map([
    [train.array, 'x_train'],
    [trainLabels.array, 'y_train'],
    [test.array, 'x_test'],
    [testLabels.array, 'y_test'],
  ]);
}

/**
 * Names the arrays of each .npz that were saved without names, `arr_0` to `arr_3`, by their shapes and lengths. Where
 * at most one of them can be images, they keep their names.
 *
 * @returns all arrays, and what was taken for what, for people.
 * @throws UserError (exit code 2) where shapes and lengths don't tell.
 */
export async function nameArrays(
  arrays: readonly UnreadArray[],
  tree: FileTree,
): Promise<{ arrays: readonly UnreadArray[]; notes: string[] }> {
  const renamed = new Map<UnreadArray, string>();
  const notes: string[] = [];
  for (const path of new Set(arrays.filter(({ name }) => UNNAMED.test(name)).map((array) => array.path))) {
    const own = arrays.filter((array) => array.path === path);
    if (own.length < 3 || !own.every(({ name }) => UNNAMED.test(name))) continue;
    const shaped: Shaped[] = [];
    for (const array of own) {
      const name = array.name.slice(array.name.lastIndexOf('/') + 1);
      shaped.push({ array, name, shape: (await array.read()).shape });
    }
    if (shaped.filter(({ shape }) => shape.length >= 3).length < 2) continue;
    const names = namesOf(shaped);
    if (names === undefined) throw problem(shaped, tree, path);
    const listed = shaped.map(({ array, name }) => `${name} as ${names.get(array)}`).join(', ');
    notes.push(`taken by their shapes: ${listed}`);
    for (const [array, name] of names) renamed.set(array, `${array.name.replace(UNNAMED, '')}/${name}`);
  }
  return { arrays: arrays.map((array) => ({ ...array, name: renamed.get(array) ?? array.name })), notes };
}
