import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { forEachNumber } from '../../src/util/for-each-number.ts';

it('runs each once, no more at once than asked for', async () => {
  const seen: number[] = [];
  let [running, most] = [0, 0];
  await forEachNumber(3, 10, 2, undefined, async (number) => {
    most = Math.max(most, ++running);
    seen.push(number);
    await setImmediate();
    running--;
  });
  expect({ seen, most }).toEqual({ seen: [3, 4, 5, 6, 7, 8, 9], most: 2 });
});

it('begins none after a failure, waits for those on the way, and throws the first', async () => {
  const ended: number[] = [];
  const running = forEachNumber(0, 9, 2, undefined, async (number) => {
    if (number === 0) throw new Error('first');
    await setImmediate();
    ended.push(number);
    throw new Error('second');
  });
  await expect(running).rejects.toThrow('first');
  expect(ended).toEqual([1]);
});

it('stops by its signal', async () => {
  const stop = new AbortController();
  const seen: number[] = [];
  const running = forEachNumber(0, 9, 1, stop.signal, async (number) => {
    seen.push(number);
    if (number === 2) stop.abort(new Error('stopped'));
  });
  await expect(running).rejects.toThrow('stopped');
  expect(seen).toEqual([0, 1, 2]);
});
