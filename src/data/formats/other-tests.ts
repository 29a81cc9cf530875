import { commonFolder } from '../../util/common-folder.ts';
import { UserError } from '../../util/errors.ts';
import { quoteWord } from '../../util/shell-word.ts';
import type { FileTree } from '../files/file-tree.ts';
import { readSplitName, TESTS, TRAIN, wordsBesideSplits } from '../sources/splits.ts';
import { placeOf, severalSets } from './one-set.ts';
import { namesSet, SERIES, UUID } from './part-name.ts';

/** A file of images, and what is said of it. */
export interface NamedFile {
  readonly path: string;
  /** The path without what is the same for each data set, or the place of an array in the file. */
  readonly name: string;
  readonly split: string;
}

/** What a name says of its data set, whatever its split. */
interface SetName {
  /** The folders above the split: `mnist/raw` of `MNIST/raw/train-images`. */
  readonly folder: string;
  /** What the name of the split says beside it, and those below: `mnist` of `mnist_train.parquet`. */
  readonly words: string;
}

interface Named extends NamedFile, SetName {}

/** @param isFiller words that say nothing of a data set, beside the usual ones. */
function setNameOf(name: string, isFiller: (word: string) => boolean): SetName {
  const parts = name
    .replace(/(\.tar)?\.[a-z]+$/i, '')
    .replace(UUID, '')
    .replace(SERIES, '')
    .split('/')
    .filter((part) => !part.includes('=') || readSplitName(part) !== undefined);
  const wordsOf = (part: string): string[] => wordsBesideSplits(part).filter((word) => !isFiller(word));
  const at = parts.findLastIndex((part) => readSplitName(part) !== undefined);
  const above = parts.slice(0, at === -1 ? -1 : at).map((part) => wordsOf(part).join('-'));
  const below = parts.slice(at === -1 ? -1 : at).flatMap((part) => wordsOf(part).filter(namesSet));
  return { folder: above.filter((part) => part !== '').join('/'), words: [...new Set(below)].join(' ') };
}

/** Whether two files may be of one data set: names of one folder that say nothing, or the same. */
const fits = (a: SetName, b: SetName): boolean =>
  a.folder === b.folder && (a.words === b.words || a.words === '' || b.words === '');

function groupFiles(files: readonly Named[], keyOf: (file: Named) => string): string[][] {
  const groups = new Map<string, string[]>();
  for (const file of files) groups.set(keyOf(file), [...(groups.get(keyOf(file)) ?? []), file.path]);
  return [...groups.values()].map((paths) => [...new Set(paths)]);
}

/**
 * Checks that the tests of files are of the data set that is trained on, as their names say: `cifar/train.parquet` and
 * `svhn/test.parquet` are of two. Files that the user named one by one are what the user wants.
 *
 * @param isFiller words that say nothing of a data set, such as those of the files' roles.
 * @throws UserError (exit code 2) for tests of another one, with the options that choose either, or join them.
 */
export function refuseOtherTests(
  tree: FileTree,
  files: readonly NamedFile[],
  isFiller: (word: string) => boolean = () => false,
): void {
  if (tree.kind === 'file') return;
  const named = files.map((file): Named => ({ ...file, ...setNameOf(file.name, isFiller) }));
  const of = (split: string): Named[] => named.filter((file) => file.split === split);
  const trains = of(TRAIN).length > 0 ? of(TRAIN) : of('');
  const tests = named.filter(({ split }) => TESTS.includes(split));
  const other = tests.find((test) => trains.length > 0 && !trains.some((train) => fits(train, test)));
  if (other === undefined) return;
  const isFolder = trains.every(({ folder }) => folder !== other.folder);
  const groups = groupFiles([...trains, ...tests], ({ folder, words }) => (isFolder ? folder : words));
  const others = (paths: readonly string[]): string[] => groups.flatMap((group) => (group === paths ? [] : group));
  const nameOf = (paths: readonly string[]): string => {
    const shared = commonFolder(paths);
    return others(paths).some((path) => path.startsWith(shared)) ? (paths[0] as string) : shared.slice(0, -1);
  };
  const bySet = new Map(groups.map((paths) => [nameOf(paths), paths]));
  const { message, hint } = severalSets(tree, 'data set', bySet);
  const holding = (file: Named): readonly string[] => groups.find((paths) => paths.includes(file.path)) ?? [];
  const [train, test] = [holding(trains[0] as Named), holding(other)];
  const canJoin = tree.kind === 'folder' && groups.length === 2;
  const [from, against] = canJoin ? [placeOf(tree.where, train, test), placeOf(tree.where, test, train)] : [];
  const join =
    from === undefined || against === undefined
      ? ''
      : `. To test on another than is trained on: --data ${quoteWord(from)} --set ${quoteWord(`data.test=${against}`)}`;
  throw new UserError(message, { hint: `${hint}${join}`, exitCode: 2 });
}
