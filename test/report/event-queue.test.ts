import { expect, test } from 'vitest';
import { createEventQueue } from '../../src/report/event-queue.ts';
import type { TrainEvent } from '../../src/train/events.ts';

const warning = (message: string): TrainEvent => ({ type: 'warning', step: 1, message });
const textOf = (event: TrainEvent): string => (event.type === 'warning' ? event.message : event.type);

test('a sink gets one event at a time, in the order of telling, whoever waits', async () => {
  const seen: string[] = [];
  let underWay = 0;
  const queue = createEventQueue({
    async handle(event) {
      expect(++underWay).toBe(1);
      await new Promise((resolve) => setImmediate(resolve));
      underWay--;
      seen.push(textOf(event));
    },
    close: async () => {},
  });
  queue.mention(warning('a'));
  const told = queue.tell(warning('b'));
  queue.mention(warning('c'));
  await told;
  expect(seen).toEqual(['a', 'b']);
  await queue.tell(warning('d'));
  expect(seen).toEqual(['a', 'b', 'c', 'd']);
});

test('what a sink throws at an event that nobody waits for comes out at the next one, once', async () => {
  const seen: string[] = [];
  const queue = createEventQueue({
    handle(event) {
      if (textOf(event) === 'bad') throw new Error('disk full');
      seen.push(textOf(event));
    },
    close: async () => {},
  });
  queue.mention(warning('bad'));
  // Long enough for an unhandled rejection to end the process.
  await new Promise((resolve) => setTimeout(resolve, 20));
  await expect(queue.tell(warning('next'))).rejects.toThrow('disk full');
  await queue.tell(warning('last'));
  expect(seen).toEqual(['next', 'last']);
  await expect(queue.tell(warning('bad'))).rejects.toThrow('disk full');
});
