/** Names that a warning lists. */
export const MOST_NAMES = 5;

/** The first few names: "a, b, c, d, e, ...". */
export function listNames(names: readonly string[]): string {
  return `${names.slice(0, MOST_NAMES).join(', ')}${names.length > MOST_NAMES ? ', ...' : ''}`;
}
