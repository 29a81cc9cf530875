/** Where the value of a key stands in a JSON text. */
export interface JsonEntry {
  readonly key: string;
  readonly begin: number;
  /** The position behind its last character. */
  readonly end: number;
}

/** How deep values may lie in each other: headers and settings need ten levels. */
const DEEPEST = 100;

const SPACE = /[ \t\n\r]*/y;
const SCALAR = /[^\s,\]}]+/y;

/**
 * The entries of the object that begins at a position of a header's JSON text, one after the other.
 *
 * Takes memory for the keys alone, so that a reader can stop before it has taken more; values are not parsed. Unlike
 * `JSON.parse`, which keeps the last of two equal keys, it takes none: a tensor would vanish without a word.
 *
 * @param longest characters that a key may have.
 * @returns by its last `next()` the position behind the object.
 * @throws SyntaxError for text that is no object, RangeError for a key that occurs twice or is too long, and for values
 *   that lie too deep in each other.
 */
export function* jsonEntries(text: string, begin: number, longest: number): Generator<JsonEntry, number> {
  const keys = new Set<string>();
  let at = expectAfter(text, begin, '{');
  if (text[skipSpace(text, at)] === '}') return expectAfter(text, at, '}');
  for (;;) {
    const start = expectAfter(text, at, '"') - 1;
    const end = stringEnd(text, start);
    if (end - start > longest) {
      throw new RangeError(`a name in the header has ${end - start - 2} characters, more than ${longest}`);
    }
    const key = parseAt(text, start, end) as string;
    if (keys.has(key)) throw new RangeError(`the header has ${JSON.stringify(key)} twice`);
    keys.add(key);
    const value = skipSpace(text, expectAfter(text, end, ':'));
    at = valueEnd(text, value);
    yield { key, begin: value, end: at };
    const next = skipSpace(text, at);
    if (text[next] === '}') return next + 1;
    at = expectAfter(text, next, ',');
  }
}

/**
 * Parses a part of a JSON text.
 *
 * @throws SyntaxError naming the place.
 */
export function parseAt(text: string, begin: number, end: number): unknown {
  try {
    return JSON.parse(text.slice(begin, end));
  } catch {
    throw unexpected(text, begin);
  }
}

/** The position of what follows white space. */
export function skipSpace(text: string, at: number): number {
  SPACE.lastIndex = at;
  SPACE.test(text);
  return SPACE.lastIndex;
}

/**
 * The position behind a value, which is looked through for its end alone.
 *
 * @throws SyntaxError where it has none, RangeError where it nests too deep: parsing would take a second a megabyte.
 */
export function valueEnd(text: string, begin: number): number {
  const first = text[begin];
  if (first === '"') return stringEnd(text, begin);
  if (first !== '{' && first !== '[') {
    SCALAR.lastIndex = begin;
    if (!SCALAR.test(text)) throw unexpected(text, begin);
    return SCALAR.lastIndex;
  }
  const token = /["{}[\]]/g;
  token.lastIndex = begin;
  let depth = 0;
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    if (match[0] === '"') token.lastIndex = stringEnd(text, match.index);
    else depth += match[0] === '{' || match[0] === '[' ? 1 : -1;
    if (depth === 0) return token.lastIndex;
    if (depth > DEEPEST) throw new RangeError(`values lie more than ${DEEPEST} deep in each other`);
  }
  throw unexpected(text, text.length);
}

/** The position behind a string that begins at a quotation mark. A pattern for it runs out of stack in megabytes. */
function stringEnd(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let first = end;
    while (text[first - 1] === '\\') first--;
    if ((end - first) % 2 === 0) return end + 1;
  }
  throw unexpected(text, text.length);
}

function expectAfter(text: string, at: number, character: string): number {
  const found = skipSpace(text, at);
  if (text[found] !== character) throw unexpected(text, found);
  return found + 1;
}

function unexpected(text: string, at: number): SyntaxError {
  return new SyntaxError(
    at >= text.length ? 'it ends too early' : `unexpected ${JSON.stringify(text[at])} at character ${at}`,
  );
}
