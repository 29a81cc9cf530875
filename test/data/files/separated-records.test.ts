import { parse } from 'csv-parse/sync';
import { expect, it } from 'vitest';
import { createRecordReader } from '../../../src/data/files/separated-records.ts';
import { UserError } from '../../../src/util/errors.ts';
import { randomStream } from '../../../src/util/rng.ts';

type Row = readonly [line: number, ...cells: string[]];

const tidy = (cells: readonly string[]): string[] => cells.map((cell) => cell.trim());

const isEmpty = (cells: readonly string[]): boolean => cells.every((cell) => cell === '');

/** What is read of text in pieces that end with a line, or why it can't be. */
function readPieces(pieces: readonly string[]): Row[] | 'wrong' {
  const rows: Row[] = [];
  const reader = createRecordReader(',', 0, 'list', (line, cells) => {
    rows.push([pieces.join('').includes('\r') ? 0 : line, ...tidy(cells)]);
    return true;
  });
  try {
    for (const piece of pieces) reader.read(piece);
    reader.end();
    return rows;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return 'wrong';
  }
}

/** The same of the whole text by a parser that follows RFC 4180. */
function readWhole(text: string): Row[] | 'wrong' {
  const rows: Row[] = [];
  try {
    parse(text, {
      ...{ record_delimiter: ['\r\n', '\n'], relax_column_count: true, relax_quotes: true },
      ...{ skip_empty_lines: true, trim: true },
      on_record(record: string[], { lines }) {
        // The parser counts \r\n inside of quotes twice.
        const line = text.includes('\r') ? 0 : lines;
        if (!isEmpty(tidy(record))) rows.push([line, ...tidy(record)]);
        return null;
      },
    });
    return rows;
  } catch {
    return 'wrong';
  }
}

it('records are those of a parser, however quotes stand and the text is cut', () => {
  const random = randomStream(5, 1);
  const parts = ['a', 'b', ',', ',', '"', '"', '""', ' ', '\n', '\r\n', '"x"', ',"', '",', '"\n'];
  const kinds = { read: 0, wrong: 0 };
  for (let i = 0; i < 4000; i++) {
    const length = 1 + random.integer(14);
    const text = Array.from({ length }, () => parts[random.integer(parts.length)]).join('');
    const pieces = text.split(/(?<=\n)/);
    const expected = readWhole(text);
    expect([text, readPieces([text])]).toEqual([text, expected]);
    expect([text, readPieces(pieces)]).toEqual([text, expected]);
    kinds[expected === 'wrong' ? 'wrong' : 'read']++;
  }
  expect(Math.min(kinds.read, kinds.wrong)).toBeGreaterThan(100);
});
