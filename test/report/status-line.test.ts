import { expect, test } from 'vitest';
import { createTimeLeft, remainingSeconds, statusLine } from '../../src/report/status-line.ts';
import { start, stepEvent } from './recorded-run.ts';

test('a wide line names every part', () => {
  expect(statusLine(start, stepEvent(12), 250)).toBe(
    'step 12/30  epoch 2/3  loss 4.300 (chance 4.844)  lr 0.18  131 images/s  waiting for data 2 %  ETA 4:10',
  );
});

test('every width gets a line that fits, with the step kept longest', () => {
  for (let width = 5; width < 120; width++) {
    const line = statusLine(start, stepEvent(12), 250, width);
    expect(line.length).toBeLessThanOrEqual(width);
    expect(line).toContain('12/30');
  }
  expect(statusLine(start, stepEvent(12), 250, 80)).toContain('wait 2 %');
  expect(statusLine(start, stepEvent(12), 250, 40)).toBe('12/30  loss 4.300  131 img/s  ETA 4:10');
});

test('before the first step there is nothing to tell but the place', () => {
  expect(statusLine(start, undefined, Number.NaN)).toBe('step 0/30  first step');
});

test('while the first step prepares the graph, that is what is told', () => {
  const preparing = { ...start, preparationSeconds: 12 };
  expect(statusLine(preparing, undefined, Number.NaN)).toBe('step 0/30  preparing the graph, about 10 s');
  expect(statusLine(preparing, undefined, Number.NaN, 20)).toBe('0/30  preparing');
  expect(statusLine(preparing, stepEvent(12), 250)).toBe(statusLine(start, stepEvent(12), 250));
});

test('the first step of a process does not count for the time left', () => {
  let clock = 0;
  const left = createTimeLeft({ ...start, startStep: 20 }, () => clock);
  const after = (milliseconds: number, step: number): number => {
    clock += milliseconds;
    left.add(step);
    return left.seconds();
  };
  expect(left.seconds()).toBeNaN();
  expect(after(60_000, 21)).toBeNaN();
  expect(after(2000, 22)).toBe(16);
  expect(after(4000, 23)).toBe(21);
});

test('the time left counts from where a resumed process began', () => {
  expect(remainingSeconds(start, 10, 20)).toBe(40);
  expect(remainingSeconds({ ...start, startStep: 20 }, 25, 10)).toBe(10);
  expect(remainingSeconds(start, 0, 3)).toBeNaN();
});
