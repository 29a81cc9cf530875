import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonEntries, valueEnd } from '../../src/checkpoint/json-entries.ts';

function entriesOf(text: string): [key: string, value: string][] {
  return [...jsonEntries(text, 0, 1000)].map(({ key, begin, end }) => [key, text.slice(begin, end)]);
}

describe('the entries of a JSON object', () => {
  it.each([
    ['{}', []],
    [' {\n}', []],
    ['{"a":1,"b":{"a":2},"c":[{"a":1},{"a":1}]}', ['1', '{"a":2}', '[{"a":1},{"a":1}]']],
    ['{"a" : "b" , "b":"a,}", "c":["a","]"] }', ['"b"', '"a,}"', '["a","]"]']],
    ['{"q\\"":1,"q":-2e5,"\\\\":null}', ['1', '-2e5', 'null']],
  ])('of %s', (text, values) => {
    expect(entriesOf(text).map(([, value]) => value)).toEqual(values);
    expect(entriesOf(text).map(([key]) => key)).toEqual(Object.keys(JSON.parse(text)));
  });

  it.each([
    ['{"a":1,"a":1}', 'a'],
    ['{"x":1,"k" : 1, "k"\n: 2}', 'k'],
    ['{"é":1,"\\u00e9":2}', 'é'],
    ['{"q\\"":1,"q":2,"q\\"" :3}', 'q\\"'],
  ])('%s has one twice', (text, key) => {
    expect(() => entriesOf(text)).toThrow(`the header has "${key}" twice`);
  });

  it.each([
    '',
    '[]',
    '{',
    '{"a"',
    '{"a":',
    '{"a":1',
    '{"a":1,',
    '{"a":1,}',
    '{,}',
    '{a:1}',
    '{"a" 1}',
    '{"a":[1}',
    '{"a":"b}',
    '{"a":1 2}',
  ])('%s is no object', (text) => {
    expect(() => entriesOf(text).map(([, value]) => JSON.parse(value))).toThrow(SyntaxError);
  });

  it('are what JSON.parse finds, in what JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue({ maxDepth: 5 })), (record) => {
        const text = JSON.stringify(record);
        const found = entriesOf(text).map(([key, value]) => [key, JSON.parse(value)]);
        expect(Object.fromEntries(found)).toEqual(JSON.parse(text));
      }),
      { seed: 1 },
    );
  });
});

it('finds the end of a string of megabytes, and refuses values that lie deep in each other', () => {
  const long = JSON.stringify('"\\'.repeat(5_000_000));
  expect(valueEnd(long, 0)).toBe(long.length);
  expect(() => valueEnd('['.repeat(2 ** 20), 0)).toThrow('values lie more than 100 deep in each other');
});
