import { expect, it } from 'vitest';
import { parseJson } from '../../src/util/parse-json.ts';

it('keeps whole numbers exact at any size', () => {
  expect(
    parseJson('{"a": 9007199254740993, "b": [-9007199254740993, 9007199254740991], "c": 12345678901234567890123}'),
  ).toEqual({ a: '9007199254740993', b: ['-9007199254740993', 2 ** 53 - 1], c: '12345678901234567890123' });
});

it('leaves everything else as JSON.parse has it', () => {
  const value = {
    text: 'of 9007199254740993, NaN and \\"Infinity\\" \\',
    numbers: [0, -0.5, 1e300, 1 / 3, 1e9 + 1 / 3, 5e-324],
    others: [true, false, null, {}, []],
  };
  expect(parseJson(JSON.stringify(value))).toEqual(value);
  expect(parseJson('1e16')).toBe(1e16);
  expect(() => parseJson('{"a": }')).toThrow(SyntaxError);
});

it('reads what Python writes for numbers that JSON does not have', () => {
  expect(parseJson('{"a": NaN, "b": [Infinity, -Infinity]}')).toEqual({ a: null, b: [null, null] });
});
