// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is escaped
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]|\p{Surrogate}/gu;

const NAMED: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function escaped(character: string): string {
  return NAMED[character] ?? `\\u{${(character.codePointAt(0) as number).toString(16)}}`;
}

/** Whether the locale says that only ASCII can be shown; one that is not set says nothing. */
function isAsciiOnly({ LC_ALL, LC_CTYPE, LANG }: NodeJS.ProcessEnv): boolean {
  const locale = LC_ALL || LC_CTYPE || LANG || '';
  return locale === 'C' || locale === 'POSIX';
}

/**
 * A file's or class's name as it can be shown on one line: line breaks, escape sequences and marks that reorder text
 * come out as `\n`, `\u{1b}`; in the C locale all but ASCII does.
 */
export function printable(name: string, environment: NodeJS.ProcessEnv = process.env): string {
  const safe = name.replace(UNSAFE, escaped);
  return isAsciiOnly(environment) ? safe.replace(/[^\x20-\x7e]/gu, escaped) : safe;
}

/** JSON whose strings hold nothing that moves a terminal's cursor or reorders its text; the values are the same. */
export function printableJson(value: unknown): string {
  const unit = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(value, null, 2).replace(/[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/g, unit);
}
