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
