// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what takes no room
const ESCAPES = /\u001b\[[0-9;]*m/g;

/** Characters of East Asian scripts and emoji, which terminals draw in two columns. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;

/** The columns that a text without line breaks takes on a terminal. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text.replace(ESCAPES, '')) {
    if (!/\p{Mark}/u.test(character)) width += WIDE.test(character) ? 2 : 1;
  }
  return width;
}

/** A command alone on its line, or behind words that announce one. */
const COMMAND = /^(?: {2,}|(?:\w+ )*\w+: +)(?:cl-[a-z]+|npx cl-[a-z]+|node \S*\/cl-[a-z]+\.js|--set) /;
/** Sentences begin with these, whatever follows. */
const SENTENCE = /^(?:error|warning|note|hint): /;

const WORDS = /( *)([^ ]+)/g;
/** A quoted name stays whole, as a break would change it; a quoted setting, which is YAML, need not. */
const SHELL_WORDS = /( *)(node \S+|(?:'[^'{]*'|[^ '])+|[^ ]+)/g;

/** The column at which a line goes on: of its last column of text in its first half, else `step` to the right. */
function hangOf(line: string, width: number, step: number): number {
  const plain = line.replace(ESCAPES, '');
  const indent = /^ */.exec(plain)?.[0].length ?? 0;
  const columns = Array.from(plain.matchAll(/\S {2,}(?=\S)/g), ({ 0: gap, index }) =>
    displayWidth(plain.slice(0, index + gap.length)),
  );
  // A column that begins further right leaves no room.
  const column = columns.filter((start) => start <= width / 2).at(-1);
  // A line far to the right goes on a column of the line above.
  return column ?? (indent >= 8 && indent <= width / 2 ? indent : Math.min(indent + step, Math.floor(width / 2)));
}

function wrapLine(line: string, width: number, step: number): string {
  if (displayWidth(line) <= width) return line;
  const isCommand = COMMAND.test(line) && !SENTENCE.test(line);
  const room = isCommand ? width - 2 : width;
  const hang = hangOf(line, width, isCommand ? 2 : step);
  const lines: string[] = [];
  let present = '';
  for (const [, spaces = '', word = ''] of line.matchAll(isCommand ? SHELL_WORDS : WORDS)) {
    const isFirst = present.trim() === '';
    if (!isFirst && displayWidth(present + spaces + word) > room) {
      // A shell reads a broken command as one line, but inside quotes a break is kept as it is.
      const isQuoted = ([...lines, present].join('').split("'").length - 1) % 2 === 1;
      lines.push(isCommand && !isQuoted && !present.endsWith(':') ? `${present} \\` : present);
      // A long word, such as a path, begins further to the left rather than be broken by the terminal.
      present = ' '.repeat(Math.max(0, Math.min(hang, width - displayWidth(word)))) + word;
    } else present += spaces + word;
  }
  return [...lines, present].join('\n');
}

/**
 * Text in lines of at most so many columns, broken between words; a word that is longer stays whole.
 *
 * A line goes on below its last column of text, or `step` further to the right than it began. A command is broken so
 * that a shell reads it as one, when copied.
 */
export function wrapText(text: string, width: number, step = 2): string {
  return text
    .split('\n')
    .map((line) => wrapLine(line, Math.max(20, width), step))
    .join('\n');
}
