import { expect, test } from 'vitest';
import { durationLines } from '../../../src/run/plan/duration-text.ts';

const steps = { total: 1000, imagesPerStep: 512 };
const at = (hours: number): Date => new Date(2026, 10, 28, hours, 30);

test('the duration of a run follows from what was measured, and when it would end', () => {
  const measured = { imagesPerSecond: 256, device: 'CPU (2 cores)' };
  expect(durationLines(steps, measured, at(12))).toEqual([
    '33:20 from the first step to the last, without evaluations; begun now it would end at 13:03',
    'measured on CPU (2 cores): 2 s a step, 256 images/s',
  ]);
  expect(durationLines({ ...steps, total: 200_000 }, measured, at(23))[0]).toBe(
    '4 d 15:06:40 from the first step to the last, without evaluations; begun now it would end at 2026-12-03 14:36',
  );
});

test('where nothing was measured, the option that does is named', () => {
  expect(durationLines(steps, undefined)).toEqual(['not measured: --dry-run --measure times a few real steps']);
});
