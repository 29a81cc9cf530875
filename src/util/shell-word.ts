/** A word as a POSIX shell reads it back: in quotes where it holds more than letters, digits and `_.,/=+:@%-`. */
export function shellWord(word: string): string {
  return /^[\w.,/=+:@%-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
