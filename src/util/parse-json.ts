/** A string (left as it is), a number, or what Python writes for numbers that JSON does not have. */
const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|-?Infinity|NaN/g;

/** Digits from which on a whole number may lie beyond 2^53. */
const MANY_DIGITS = 16;

function exactToken(token: string): string {
  if (token.startsWith('"')) return token;
  if (/[NI]/.test(token)) return 'null';
  if (token.length < MANY_DIGITS || !/^-?\d+$/.test(token)) return token;
  return Number.isSafeInteger(Number(token)) ? token : `"${token}"`;
}

/** Text that may hold what `JSON.parse` reads wrongly or not at all. */
const SPECIAL = /\d{16}|NaN|Infinity/;

/**
 * `JSON.parse`, but for whole numbers beyond 2^53, which become strings of their digits (different ones would become
 * equal numbers), and for NaN and infinities, which Python's `json` writes and which become null.
 *
 * @throws SyntaxError for text that is no JSON.
 */
export function parseJson(text: string): unknown {
  return JSON.parse(SPECIAL.test(text) ? text.replace(TOKEN, exactToken) : text);
}
