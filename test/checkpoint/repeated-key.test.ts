import fc from 'fast-check';
import { expect, it } from 'vitest';
import { repeatedKey } from '../../src/checkpoint/repeated-key.ts';

it.each([
  ['{}', undefined],
  ['{"a":1,"b":{"a":2},"c":[{"a":1},{"a":1}]}', undefined],
  ['{"a":"b","b":"a","c":["a","a","b:"]}', undefined],
  ['{"a":1,"a":1}', 'a'],
  ['{"x":{"k" : 1, "k"\n: 2}}', 'k'],
  ['{"é":1,"\\u00e9":2}', 'é'],
  ['{"q\\"":1,"q":2,"q\\"" :3}', 'q"'],
  ['{"x":[{"a":1,"b":[]},{"c":"}","c":1}]}', 'c'],
])('%s', (json, key) => {
  expect(repeatedKey(json)).toBe(key);
});

it('finds nothing in what JSON.stringify writes', () => {
  fc.assert(
    fc.property(fc.json(), (json) => {
      expect(repeatedKey(JSON.stringify(JSON.parse(json)))).toBeUndefined();
    }),
    { seed: 1 },
  );
});

it('reads names and values of megabytes', () => {
  const long = 'x'.repeat(20_000_000);
  expect(repeatedKey(JSON.stringify({ a: long, b: `"${'\\"'.repeat(1_000_000)}` }))).toBeUndefined();
  expect(repeatedKey(`{"a":"${long}","a":1}`)).toBe('a');
  expect(repeatedKey(`{"${long}":1,"${long}" : 1}`)).toBe(long);
});
