import { expect, test } from 'vitest';
import * as format from '../../src/report/format.ts';
import { formatCount } from '../../src/util/format-count.ts';

test('numbers read as people write them', () => {
  expect(formatCount(4000)).toBe('4,000');
  expect(format.formatPercent(0.441)).toBe('44.1 %');
  expect(format.formatPercent(Number.NaN)).toBe('? %');
  expect(format.formatInterval([0.419, 0.4634])).toBe('41.9-46.3');
  expect([2105.4, 131.2, 48.52, 0.734].map(format.formatRate)).toEqual(['2,105', '131', '48.5', '0.73']);
  expect([0.12, 0, 3e-5, 1.25e-4, 0.300001].map(format.formatScalar)).toEqual(['0.12', '0', '3e-5', '1.25e-4', '0.3']);
  expect([4.8438, Number.NaN].map(format.formatLoss)).toEqual(['4.844', 'NaN']);
  expect([11_500_000, 940_000, 812].map(format.formatMagnitude)).toEqual(['11.5 M', '940 k', '812']);
});

test('durations grow from seconds to days, and an unknown one says so', () => {
  expect([5, 59.7, 250, 3723, 183_845].map(format.formatDuration)).toEqual([
    '0:05',
    '1:00',
    '4:10',
    '1:02:03',
    '2 d 03:04:05',
  ]);
  expect(format.formatDuration(Number.POSITIVE_INFINITY)).toBe('-:--');
});
