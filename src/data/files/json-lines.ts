import { type CodedValues, createValueCoder } from '../../util/coded-values.ts';
import { createCountPacker } from '../../util/packed-numbers.ts';
import { parseJson } from '../../util/parse-json.ts';
import { findField } from './json-field.ts';
import { listProblem } from './list-lines.ts';
import type { CompoundValue, ListTable } from './list-table.ts';
import type { ListText } from './list-text.ts';
import { textOf } from './list-value.ts';
import { createTextPacker } from './packed-texts.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Takes the object of a line, with the line's number; false ends the reading. */
type TakeObject = (line: number, fields: Fields) => boolean;

const isCompound = (value: unknown): value is object => typeof value === 'object' && value !== null;

const isFields = (value: unknown): value is Fields => isCompound(value) && !Array.isArray(value);

const NONE = { count: 0, first: -1 };

function readObject(line: string, number: number, list: string): Fields {
  let value: unknown;
  let cause: unknown;
  try {
    value = parseJson(line);
  } catch (error) {
    cause = error;
  }
  if (isFields(value)) return value;
  const hint = 'Write one object a line: {"path": "a.jpg", "label": "cat"}';
  throw listProblem(`expected a JSON object in line ${number}, got "${line.slice(0, 40)}"`, list, hint, cause);
}

async function eachObject(content: ListText, list: string, take: TakeObject): Promise<void> {
  let number = 0;
  for await (const piece of content.pieces()) {
    const lines = piece.split(/\r\n|\n|\r/);
    // Behind the end of its last line.
    if (/[\r\n]$/.test(piece)) lines.pop();
    for (const line of lines) {
      number++;
      // A byte order mark stands between lists that were joined; it is white space.
      const text = line.trim();
      if (text !== '' && !take(number, readObject(text, number, list))) return;
    }
  }
}

/** Keeps one list or structure of each kind, of which there may be millions: they are told, and never used. */
function shareCompounds(): (value: unknown) => unknown {
  const known = new Map<string, unknown>();
  return (value) => {
    if (typeof value === 'string') return value.trim();
    if (!isCompound(value)) return value;
    const kind = Array.isArray(value) ? `list ${value.length === 0}` : 'structure';
    if (!known.has(kind)) known.set(kind, value);
    return known.get(kind);
  };
}

/**
 * A list with a JSON object a line, which is read anew for its columns.
 *
 * @param asked columns that may be inside of others, such as `meta.label`.
 * @throws UserError (exit code 2) for a line that is none.
 */
export async function openJsonLines(content: ListText, list: string, asked: readonly string[]): Promise<ListTable> {
  const names = new Set<string>();
  const found = new Set<string>();
  await eachObject(content, list, (_, fields) => {
    for (const name in fields) names.add(name);
    for (const name of asked) if (!found.has(name) && findField(fields, name) !== undefined) found.add(name);
    return true;
  });
  return {
    columns: [...names],
    delimiter: undefined,
    has: (column) => names.has(column) || found.has(column),
    async read(columns, { most = Number.POSITIVE_INFINITY, packed } = {}) {
      const lines = createCountPacker();
      const packer = createTextPacker();
      const coders = columns.map((column) => ({ column, share: shareCompounds(), coder: createValueCoder<unknown>() }));
      let compound: CompoundValue | undefined;
      let count = 0;
      await eachObject(content, list, (line, fields) => {
        lines.add(line);
        for (const { column, share, coder } of coders) coder.add(share(findField(fields, column)));
        if (packed !== undefined) {
          const value = findField(fields, packed);
          if (compound === undefined && isCompound(value)) compound = { line, value };
          packer.add(textOf(value));
        }
        return ++count < most;
      });
      const values = coders.map(({ coder }): CodedValues<unknown> => coder.done());
      return { lines: lines.done(), values, packed: packer.done(), compound, short: NONE, headers: NONE };
    },
  };
}
