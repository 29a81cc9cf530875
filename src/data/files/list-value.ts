/** A value of a column as text; '' for none, and for an empty list. */
export function textOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  // A list may be so deep that its text has no end.
  if (typeof value === 'object') return Array.isArray(value) && value.length === 0 ? '' : JSON_VALUE;
  return String(value).trim();
}

/** What stands for a list or a structure. */
const JSON_VALUE = '{...}';
