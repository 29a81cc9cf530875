/** Names that a list of them shows unless told otherwise. */
export const MOST_NAMES = 5;

/** The first few names: "a, b, c, d, e, ...". */
export function listNames(names: readonly string[], most = MOST_NAMES): string {
  return `${names.slice(0, most).join(', ')}${names.length > most ? ', ...' : ''}`;
}
