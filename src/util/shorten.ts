/** Text cut to so many characters, the last of which are dots where something is missing. */
export function shorten(text: string, most = 160): string {
  return text.length > most ? `${text.slice(0, most - 3)}...` : text;
}

/** A value from a file as JSON, cut to so many characters: a damaged name may be megabytes long. */
export function quote(value: unknown, most = 80): string {
  // Of a long string only what is shown is quoted: all of it would take its memory again.
  if (typeof value === 'string' && value.length > most)
    return shorten(`${JSON.stringify(value.slice(0, most))}...`, most);
  return shorten(JSON.stringify(value) ?? 'nothing', most);
}
