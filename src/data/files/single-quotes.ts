import { shellWord } from '../../util/shell-word.ts';
import { besides } from './beside-path.ts';

/** Whether a field of a list begins with a single quote, which quotes nothing: `'a, b'`. */
export const isSingleQuoted = (field: string): boolean => /^\s*'/.test(field);

/** What to do about single quotes round the fields of a list: a command. */
export function singleQuoteHint(delimiter: string, list: string): string {
  const pattern = `s/(^|[${delimiter}]) *'([^']*)'/\\1"\\2"/g`;
  return `Fields are quoted by ", not by '. This writes it so: sed -E ${shellWord(pattern)} ${shellWord(list)} > ${shellWord(besides(list, 'quoted'))}`;
}
