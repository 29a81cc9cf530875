const [QUOTE, NEWLINE, SPACE, TAB, RETURN, FORM_FEED] = [0x22, 0x0a, 0x20, 0x09, 0x0d, 0x0c];

/** A record of separated fields in a text. */
export interface ScannedRecord {
  /** Its fields, maybe with white space around them; undefined where quotes stand beside other characters. */
  readonly cells: readonly string[] | undefined;
  /** Where the next record begins. */
  readonly end: number;
}

/**
 * Finds the fields of a record, of which some may be quoted, as RFC 4180 has them: a quoted field may hold separators
 * and ends of lines, and quotes twice. Quotes inside a field that begins otherwise are characters.
 *
 * @param delimiter one character.
 * @returns undefined where a quoted field does not end in the text.
 */
export function scanRecord(text: string, start: number, delimiter: string): ScannedRecord | undefined {
  const separator = delimiter.charCodeAt(0);
  const isBlank = (code: number): boolean =>
    code !== separator && (code === SPACE || code === TAB || code === RETURN || code === FORM_FEED);
  const skipBlanks = (from: number): number => {
    let at = from;
    while (isBlank(text.charCodeAt(at))) at++;
    return at;
  };
  const cells: string[] = [];
  let isWhole = true;
  for (let at = start; ; at++) {
    let first = skipBlanks(at);
    let end = first;
    let content: string | undefined;
    // Behind quotes with nothing inside the field begins anew.
    while (text.charCodeAt(first) === QUOTE && !content) {
      const close = findClose(text, first + 1);
      if (close === -1) return undefined;
      if (content !== undefined) isWhole = false;
      content = text.slice(first + 1, close).replaceAll('""', '"');
      end = skipBlanks(close + 1);
      first = end;
    }
    if (content !== undefined && !isEnd(text, end, separator)) isWhole = false;
    while (!isEnd(text, end, separator)) end++;
    cells.push(content ?? text.slice(first, end));
    if (text.charCodeAt(end) !== separator) return { cells: isWhole ? cells : undefined, end: end + 1 };
    at = end;
  }
}

/** The quote that closes a field, from its content on; -1 where there is none. */
function findClose(text: string, start: number): number {
  let close = text.indexOf('"', start);
  while (close !== -1 && text.charCodeAt(close + 1) === QUOTE) close = text.indexOf('"', close + 2);
  return close;
}

/** Whether a field ends at a place. */
function isEnd(text: string, at: number, separator: number): boolean {
  const code = text.charCodeAt(at);
  return code === separator || code === NEWLINE || at >= text.length;
}
