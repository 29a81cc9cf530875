import { expect, it } from 'vitest';
import { parseBytes } from '../../src/util/parse-bytes.ts';

it.each([
  ['2GB', 2e9],
  ['512 MiB', 512 * 2 ** 20],
  ['1.5k', 1500],
  [' 7 ', 7],
  ['10b', 10],
  [12, 12],
])('reads %j as %i bytes', (size, bytes) => {
  expect(parseBytes(size)).toBe(bytes);
});

it.each(['', 'many', '-1', '1e3', '5 XB', '1,5 GB'])('takes %j for no size', (size) => {
  expect(parseBytes(size)).toBeNaN();
});
