/** A word in quotes, as a POSIX shell reads it back. */
export function quoteWord(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

/** A word as a POSIX shell reads it back: in quotes where it holds more than letters, digits and `_.,/=+:@%-`. */
export function shellWord(word: string): string {
  return /^[\w.,/=+:@%-]+$/.test(word) ? word : quoteWord(word);
}
