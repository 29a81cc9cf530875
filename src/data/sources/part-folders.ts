import { listNames } from '../../util/list-names.ts';

/** Digits of a folder that most likely only divides many files; shorter ones may well be classes. */
const DIGITS = 5;

/** Words of folders that are parts of a data set, which numbered classes (`class_0`, `person1`) lack. */
const PART_WORDS: ReadonlySet<string> = new Set(
  'part parts images image imgs img photos pictures files batch chunk shard folder data dataset split fold subset'.split(
    ' ',
  ),
);

/** The folders that cameras make (Design rule for Camera File system): `100CANON`, `101D3200`, `100_PANA`. */
const CAMERA_FOLDER = /^[1-9]\d\d(?=\d*[A-Z_])[A-Z\d_]{5}$/;

/** The words of a name: `ImagePart1` and `image_part_1` have two. */
function wordsOf(name: string): string[] {
  const spaced = name.replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2').toLowerCase();
  return spaced.match(/\p{L}+/gu) ?? [];
}

/** Whether several names are the same but for their numbers. */
export function areNumbered(names: readonly string[]): boolean {
  const alike = (name: string): string => name.replace(/\d+/g, '0');
  const [first = ''] = names;
  return names.length > 1 && names.every((name) => /\d/.test(name) && alike(name) === alike(first));
}

/** Warns of classes that are numbers of many digits, such as `00000` and `00001` of img2dataset and FFHQ. */
export function warnOfNumbers(classes: readonly string[]): string[] {
  const [first = ''] = classes;
  const isNumbered = classes.every((name) => name.length === first.length && /^\d+$/.test(name));
  if (!isNumbered || first.length < DIGITS) return [];
  return [
    `classes are numbers of ${first.length} digits (${listNames(classes)}), as folders have that only divide the files: if they do, --set data.labels=none`,
  ];
}

/** Warns of classes that are parts by their names, such as `images_001` and `images_002`, or a camera's folders. */
export function warnOfParts(classes: readonly string[]): string[] {
  const then = 'if they do, --set data.labels=none';
  if (areNumbered(classes) && wordsOf(classes[0] as string).some((word) => PART_WORDS.has(word)))
    return [
      `classes differ in a number alone (${listNames(classes)}), as folders do that only divide the files: ${then}`,
    ];
  if (classes.length > 1 && classes.every((name) => CAMERA_FOLDER.test(name)))
    return [
      `classes have the names of a camera's folders (${listNames(classes)}), which only divide the files: ${then}`,
    ];
  return [];
}
