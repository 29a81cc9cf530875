import { parseJson } from '../../util/parse-json.ts';
import { findField } from './json-field.ts';
import { type ListTable, listProblem } from './list-table.ts';
import { textOf } from './list-value.ts';
import { textsIn } from './packed-texts.ts';

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * A list with a JSON object a line.
 *
 * @throws UserError (exit code 2) for a line that is none.
 */
export function openJsonLines(text: string, list: string): ListTable {
  const lines: number[] = [];
  const objects: Fields[] = [];
  const names = new Set<string>();
  for (const [i, line] of text.split(/\r\n|\n|\r/).entries()) {
    if (line.trim() === '') continue;
    let value: unknown;
    let cause: unknown;
    try {
      // A byte order mark stands between lists that were joined.
      value = parseJson(line.trim());
    } catch (error) {
      cause = error;
    }
    if (!isFields(value)) {
      const got = `"${line.trim().slice(0, 40)}"`;
      const hint = 'Write one object a line: {"path": "a.jpg", "label": "cat"}';
      throw listProblem(`expected a JSON object in line ${i + 1}, got ${got}`, list, hint, cause);
    }
    lines.push(i + 1);
    objects.push(value);
    for (const name of Object.keys(value)) names.add(name);
  }
  return {
    columns: [...names],
    delimiter: undefined,
    has: (column) => names.has(column) || objects.some((fields) => findField(fields, column) !== undefined),
    async read(columns, { most = objects.length, packed } = {}) {
      const valuesOf = (column: string): unknown[] => {
        return objects.slice(0, most).map((fields) => tidy(findField(fields, column)));
      };
      const texts = packed === undefined ? [] : valuesOf(packed).map(textOf);
      const values = columns.map(valuesOf);
      return { lines: lines.slice(0, most), values, packed: textsIn(texts), short: [], headers: [] };
    },
  };
}

const tidy = (value: unknown): unknown => (typeof value === 'string' ? value.trim() : value);
