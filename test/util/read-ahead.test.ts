import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { readAhead } from '../../src/util/read-ahead.ts';

test('the next value is made while the consumer works, and no more than that', async () => {
  const told: string[] = [];
  async function* values() {
    for (const value of [1, 2, 3]) {
      told.push(`made ${value}`);
      yield value;
    }
  }
  for await (const value of readAhead(values())) {
    await sleep(5);
    told.push(`used ${value}`);
  }
  expect(told).toEqual(['made 1', 'made 2', 'used 1', 'made 3', 'used 2', 'used 3']);
});

test('an error comes in its turn, and a consumer that stops early ends the generator', async () => {
  let isEnded = false;
  async function* values() {
    try {
      yield 1;
      throw new Error('second');
    } finally {
      isEnded = true;
    }
  }
  const seen: number[] = [];
  const all = async () => {
    for await (const value of readAhead(values())) {
      await sleep(5);
      seen.push(value);
    }
  };
  await expect(all()).rejects.toThrow('second');
  expect(seen).toEqual([1]);
  isEnded = false;
  for await (const _ of readAhead(values())) break;
  expect(isEnded).toBe(true);
});
