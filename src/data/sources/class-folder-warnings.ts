import { formatPlural } from '../../util/format-count.ts';
import { listNames } from '../../util/list-names.ts';
import { shellWord } from '../../util/shell-word.ts';
import { alikeFolders, readDeeper } from './alike-folders.ts';
import { annotationsAmong, warnOfAnnotations } from './annotation-folders.ts';
import { warnOfNumbers, warnOfParts } from './part-folders.ts';
import { warnOfPrograms } from './program-folders.ts';
import { excludeSetting, splitSettings } from './split-settings.ts';
import { readSplitName, type SplitName, TESTS, TRAIN } from './splits.ts';

/** A class whose name says a split. */
interface NamedClass extends SplitName {
  readonly name: string;
}

/** Other classes up to which they may be what a lone folder of test images belongs to. */
const MOST_BESIDE = 3;

/** Which tests to take where nothing is named for training: what is left (`dev` beside `eval`) is trained on. */
const LAST_TESTS = ['test', 'eval', 'evaluation', 'val', 'valid', 'validation', 'dev'];

/** Splits that add images to those of training. */
const MORE_IMAGES = ['unlabeled', 'unlabelled', 'unsupervised', 'extra'];

/** What helps where these classes are splits for neither training nor tests: leave them out, or train on them too. */
function moreAdvice(found: readonly NamedClass[], base: string, classes: readonly string[]): string {
  const names = found.map(({ name }) => name);
  const leaveOut = `leave ${names.length === 1 ? 'it' : 'them'} out by ${excludeSetting(base, names)}`;
  if (!found.every(({ split }) => MORE_IMAGES.includes(split))) return leaveOut;
  const others = classes.length - names.length;
  if (others <= 1) return splitSettings(classes, []);
  return `${leaveOut}, or train on all images without labels by --set data.labels=none`;
}

/** The settings or the pattern that help where these classes are splits. */
function splitAdvice(found: readonly NamedClass[], base: string, classes: readonly string[]): string {
  const trains = found.filter(({ split }) => split === TRAIN).map(({ name }) => name);
  const order = trains.length > 0 ? TESTS : LAST_TESTS;
  const tests = order.flatMap((test) => found.filter(({ split }) => split === test).map(({ name }) => name));
  const [test] = tests;
  if (test === undefined && trains.length === 0) return moreAdvice(found, base, classes);
  if (test === undefined) return splitSettings(trains, []);
  const others = tests.length > 1 ? tests.slice(1) : classes.filter((name) => name !== test);
  if (trains.length === 0 && others.length > MOST_BESIDE) {
    return `leave it out by ${excludeSetting(base, [test])}`;
  }
  return splitSettings(trains.length > 0 ? trains : others, [test]);
}

/** Classes that are named as splits are: all of them, or some, such as `train`, or `seg_train` with `seg_test`. */
function splitsAmongClasses(base: string, classes: readonly string[]): string[] {
  const named = classes.flatMap((name): NamedClass[] => {
    const found = readSplitName(name);
    return found === undefined ? [] : [{ name, ...found }];
  });
  const isAll = named.length === classes.length;
  const plain = named.filter(({ rest }) => rest === '');
  const isDivided =
    new Set(named.map(({ rest }) => rest)).size === 1 && new Set(named.map(({ split }) => split)).size > 1;
  const found = isAll || isDivided ? named : plain;
  if (found.length === 0) return [];
  const names = listNames(found.map(({ name }) => name));
  const which = isAll ? 'all classes have' : found.length === 1 ? `the class ${names} has` : 'some classes have';
  const example = isAll || found.length > 1 ? ` (${names})` : '';
  return [
    `${which} the ${found.length === 1 ? 'name of a split' : `names of splits${example}`}: if that is meant, ${splitAdvice(found, base, classes)}`,
  ];
}

/** Splits inside of classes, such as `cat/train` and `cat/test`, and classes below of what are taken for classes. */
function foldersInClasses(paths: readonly string[], base: string, classes: readonly string[]): string[] {
  const deeper = readDeeper(paths, base);
  const { folders, names, isWhole, example } = deeper;
  const splits = new Map([...names].map((name) => [name, readSplitName(name)] as const));
  const plain = [...splits].flatMap(([name, found]) => (found?.rest === '' ? [{ name, split: found.split }] : []));
  const others = plain.filter(({ split }) => split !== TRAIN).map(({ name }) => name);
  if (others.length > 0 && plain.length > others.length) {
    const patterns = JSON.stringify(others.map((name) => `${base}*/${name}/**`));
    return [
      `folders named as splits (${listNames(plain.map(({ name }) => name))}) lie in the folders that are taken for classes (${listNames(classes)}), and all are trained on: name the folder that holds the splits, or leave those for tests out by --set ${shellWord(`data.exclude=${patterns}`)}`,
    ];
  }
  const alike = alikeFolders(paths, base, deeper, classes);
  if (alike.length > 0) return alike;
  if (!isWhole || names.size <= classes.length) return [];
  return [
    `classes are the first folders (${listNames(classes)}), and ${formatPlural(folders, 'folder')} such as ${example} ${folders === 1 ? 'lies' : 'lie'} in them: if those are the classes, name them in a list (datasets.md#lists)`,
  ];
}

/** Splits, classes that lie deeper, or parts; one of them says enough. */
function foldersAmiss(paths: readonly string[], base: string, classes: readonly string[]): string[] {
  const splits = splitsAmongClasses(base, classes);
  if (splits.length > 0) return splits;
  const deeper = foldersInClasses(paths, base, classes);
  return deeper.length > 0 ? deeper : warnOfParts(classes);
}

/**
 * What to mind about classes that are folders, for people: they may be splits, or parts, or hold the classes.
 *
 * @param paths of the images, all below folders in `base`.
 */
export function classFolderWarnings(paths: readonly string[], base: string, classes: readonly string[]): string[] {
  const masks = annotationsAmong(classes);
  const rest = masks.length === 0 ? classes : classes.filter((name) => !masks.includes(name));
  const prefixes = rest.map((name) => `${base}${name}/`);
  // Advice on the folders must not make masks images to train or test on.
  const images =
    masks.length === 0 ? paths : paths.filter((path) => prefixes.some((prefix) => path.startsWith(prefix)));
  return [
    ...warnOfAnnotations(masks, base, classes),
    ...warnOfNumbers(classes),
    ...warnOfPrograms(paths, base),
    ...(rest.length > 1 || masks.length === 0 ? foldersAmiss(images, base, rest) : []),
  ];
}
