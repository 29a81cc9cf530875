import { formatCount } from './format-count.ts';

/** Characters of a word, such as a path or a key, up to which it is shown whole; longer than what paths have in use. */
const LONGEST_WORD = 400;

/** Lines that are shown of a text. */
const MOST_LINES = 30;

/** Whether a position lies inside a pair of surrogates. */
const splitsPair = (text: string, at: number): boolean => /[\ud800-\udbff]/.test(text.charAt(at - 1));

/** The beginning and the end of a text, of so many characters together, with what lies between counted. */
function cutMiddle(text: string, most: number): string {
  const begin = Math.floor((most * 2) / 3);
  const end = text.length - (most - begin);
  const left = text.slice(0, splitsPair(text, begin) ? begin - 1 : begin);
  const right = text.slice(splitsPair(text, end) ? end + 1 : end);
  return `${left}...(${formatCount(text.length - left.length - right.length)} characters)...${right}`;
}

/**
 * Text for people that is never longer than a screen or two, whatever a file or an argument holds: the middle of long
 * words is left out, then the lines beyond the first ones, then the middle of the whole. Other text is left as it is.
 *
 * @param most bytes of the result in UTF-8, but for the counts of what is left out.
 */
export function boundText(text: string, most: number): string {
  const isShort = text.length <= LONGEST_WORD;
  let result = isShort
    ? text
    : text.replace(/\S+/g, (word) => (word.length > LONGEST_WORD ? cutMiddle(word, LONGEST_WORD / 2) : word));
  const lines = result.split('\n');
  if (lines.length > MOST_LINES) {
    const more = formatCount(lines.length - MOST_LINES);
    result = [...lines.slice(0, MOST_LINES), `... and ${more} more lines`].join('\n');
  }
  const bytes = Buffer.byteLength(result);
  return bytes <= most ? result : cutMiddle(result, Math.floor((most * result.length) / bytes));
}
