import { expect, it } from 'vitest';
import { parseDuration } from '../../src/util/parse-duration.ts';

it.each([
  ['11h50m', 42_600],
  ['90m', 5400],
  ['30s', 30],
  [' 1d 12h ', 129_600],
  ['2H5s', 7205],
  ['0s', 0],
])('reads %j as %i seconds', (text, seconds) => {
  expect(parseDuration(text)).toBe(seconds);
});

it.each(['', ' ', '12', '12:00:00', '1.5h', '-1h', '30m1h', 'h', '5 weeks', '1h h'])('takes %j for none', (text) => {
  expect(parseDuration(text)).toBeNaN();
});
