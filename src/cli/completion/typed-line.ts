/** A command line as far as the cursor, in words without their quotes. */
export interface TypedLine {
  /** Whole words, the program first. */
  readonly words: readonly string[];
  /** The word that the cursor stands at the end of; empty behind a blank. */
  readonly last: string;
  /**
   * The part of the last word that a shell which breaks words at `=` and `:`, as Bash does, leaves in front of what it
   * completes.
   */
  readonly beforeBreak: string;
}

interface Reading {
  readonly words: string[];
  word: string | undefined;
  quote: '"' | "'" | undefined;
  /** Length of the word up to its last bare `=` or `:`. */
  broken: number;
}

function readBare(reading: Reading, letter: string): void {
  const { word = '' } = reading;
  if (/\s/.test(letter)) {
    if (reading.word !== undefined) reading.words.push(word);
    Object.assign(reading, { word: undefined, broken: 0 });
  } else if (letter === '"' || letter === "'") {
    Object.assign(reading, { word, quote: letter });
  } else {
    reading.word = word + letter;
    if (letter === '=' || letter === ':') reading.broken = reading.word.length;
  }
}

/** Reads a command line as a shell does: blanks, quotes and backslashes; nothing in it is expanded or run. */
export function readTypedLine(line: string): TypedLine {
  const reading: Reading = { words: [], word: undefined, quote: undefined, broken: 0 };
  for (let at = 0; at < line.length; at++) {
    const letter = line[at] as string;
    if (letter === '\\' && reading.quote !== "'" && at + 1 < line.length) {
      at += 1;
      reading.word = (reading.word ?? '') + line[at];
    } else if (reading.quote === undefined) readBare(reading, letter);
    else if (letter === reading.quote) reading.quote = undefined;
    else reading.word = (reading.word ?? '') + letter;
  }
  const last = reading.word ?? '';
  // Inside quotes nothing breaks a word.
  const broken = reading.quote === undefined ? reading.broken : 0;
  return { words: reading.words, last, beforeBreak: last.slice(0, broken) };
}
