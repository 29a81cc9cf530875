import { formatCount } from '../../util/format-count.ts';
import { listNames } from '../../util/list-names.ts';
import { compareStrings } from '../../util/sort-paths.ts';

/** White space, and characters without a width or for the direction of text, which nobody sees round a word. */
const UNSEEN = String.raw`[\s\u00ad\u200b-\u200f\u2060\ufeff]+`;
const UNSEEN_ENDS = new RegExp(`^${UNSEEN}|${UNSEEN}$`, 'g');

/** A text in one Unicode form (NFC), in which é is one character; macOS writes names of files in another (NFD). */
export const toOneForm = (text: string): string => text.normalize('NFC');

/** A text in one Unicode form, without what can't be seen round it. */
export const tidyText = (text: string): string => toOneForm(text.replace(UNSEEN_ENDS, ''));

/** What remains of a name without what people write now so, now otherwise. Letters alone are classes in both cases. */
function looseForm(name: string): string {
  const plain = name
    .normalize('NFKC')
    .replace(/[\s_-]+/g, ' ')
    .replace(/\p{Cf}/gu, '');
  return plain.replace(/^0+(?=\d+$)/, '').replace(/^.{2,}$/s, (text) => text.toLowerCase());
}

/** Groups of classes that a warning names. */
const MOST = 5;

/** Warns of classes whose names differ in case, white space or zeros in front alone, such as `cat` and `Cat`. */
export function similarClassWarnings(classes: readonly string[]): string[] {
  const groups = new Map<string, string[]>();
  for (const name of classes) {
    const form = looseForm(name);
    const group = groups.get(form);
    if (group === undefined) groups.set(form, [name]);
    else group.push(name);
  }
  const similar = [...groups.values()].filter((names) => names.length > 1).map((names) => names.sort(compareStrings));
  const [first] = similar;
  if (first === undefined) return [];
  const named = similar
    .slice(0, MOST)
    .map((names) => listNames(names))
    .join('; ');
  const more = similar.length > MOST ? '; ...' : '';
  const what = 'differ in case, spaces or zeros alone';
  return [
    similar.length === 1
      ? `the classes ${listNames(first)} ${what}: if they are the same, write them alike`
      : `${formatCount(similar.length)} groups of classes ${what}: ${named}${more}: if they are the same, write them alike`,
  ];
}
