import { expect, it } from 'vitest';
import { formatBytes } from '../../src/util/format-bytes.ts';

it.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.00 kB'],
  [12_345, '12.3 kB'],
  [99_960, '100 kB'],
  [999_499, '999 kB'],
  [999_500, '1.00 MB'],
  [9_995_000, '10.0 MB'],
  [1.5e9, '1.50 GB'],
  [2e18, '2000 PB'],
])('formats %d bytes as %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});
