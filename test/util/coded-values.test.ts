import { expect, it } from 'vitest';
import { type CodedValues, codeValues, findRows, mapValues, selectRows, valueAt } from '../../src/util/coded-values.ts';

const all = <Value>(values: CodedValues<Value>): Value[] =>
  Array.from({ length: values.length }, (_, row) => valueAt(values, row));

const WORDS = ['cat', 'Dog', 'cat', undefined, 'dog', 3, '3', undefined];

it('keeps each different value once, in the order in which they come', () => {
  const coded = codeValues(WORDS);
  expect(all(coded)).toEqual(WORDS);
  expect(coded.distinct).toEqual(['cat', 'Dog', undefined, 'dog', 3, '3']);
});

it('changes values of which some become equal', () => {
  const changed = mapValues(codeValues(WORDS), (word) => String(word).toLowerCase());
  expect(all(changed)).toEqual(['cat', 'dog', 'cat', 'undefined', 'dog', '3', '3', 'undefined']);
  expect(changed.distinct).toEqual(['cat', 'dog', 'undefined', '3']);
});

it('selects rows in any order, and forgets values that none of them has', () => {
  const rows = [4, 2, 0, 4];
  const selected = selectRows(codeValues(WORDS), { length: 4, at: (index) => rows[index] as number });
  expect([all(selected), selected.distinct]).toEqual([
    ['dog', 'cat', 'cat', 'dog'],
    ['dog', 'cat'],
  ]);
});

it('finds and counts rows of a kind', () => {
  expect(findRows(codeValues(WORDS), (word) => word === undefined)).toEqual({ count: 2, first: 3 });
  expect(findRows(codeValues(WORDS), (word) => word === 'bird')).toEqual({ count: 0, first: -1 });
});
