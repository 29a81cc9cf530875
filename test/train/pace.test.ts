import { expect, it } from 'vitest';
import { createPace } from '../../src/train/pace.ts';

it('leaves the first step, which prepares the graph, out of its rates once there is another', () => {
  const pace = createPace(8);
  expect(pace.recent()).toEqual({ imagesPerSecond: 0, waitShare: 0 });
  pace.add(16, 4);
  expect(pace.recent()).toEqual({ imagesPerSecond: 0.5, waitShare: 0.25 });
  expect(pace.total()).toEqual({ seconds: 16, imagesPerSecond: 0.5, waitShare: 0.25 });
  pace.add(1, 0);
  pace.add(1, 0.5);
  expect(pace.recent()).toEqual({ imagesPerSecond: 8, waitShare: 0.25 });
  // The seconds are those that passed.
  expect(pace.total()).toEqual({ seconds: 18, imagesPerSecond: 8, waitShare: 0.25 });
});

it('leaves it out as well where it was an epoch of its own', () => {
  const pace = createPace(8);
  pace.restart();
  pace.add(16, 0);
  pace.restart();
  pace.add(2, 0);
  expect(pace.recent().imagesPerSecond).toBe(4);
  expect(pace.total()).toEqual({ seconds: 2, imagesPerSecond: 4, waitShare: 0 });
});

it('counts the last 20 steps as recent, and all since the restart in the total', () => {
  const pace = createPace(8);
  for (let step = 0; step <= 20; step++) pace.add(step < 11 ? 4 : 2, 0);
  expect(pace.recent().imagesPerSecond).toBeCloseTo((20 * 8) / (10 * 4 + 10 * 2), 12);
  for (let step = 0; step < 10; step++) pace.add(2, 0);
  expect(pace.recent().imagesPerSecond).toBe(4);
  expect(pace.total().seconds).toBe(11 * 4 + 20 * 2);
});
