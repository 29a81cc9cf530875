import { expect, test } from 'vitest';
import { combineSinks, type EventSink } from '../../src/report/sink.ts';
import { runEvents } from './recorded-run.ts';

test('every sink gets every event in order, a slow one included', async () => {
  const seen: string[] = [];
  const named = (name: string, wait: boolean): EventSink => ({
    async handle(event) {
      if (wait) await new Promise((resolve) => setImmediate(resolve));
      seen.push(`${name} ${event.type}`);
    },
    close: async () => {},
  });
  const both = combineSinks(named('slow', true), named('fast', false));
  for (const event of [...runEvents()].slice(0, 2)) await both.handle(event);
  expect(seen).toEqual(['slow start', 'fast start', 'slow step', 'fast step']);
});

test('closing closes all sinks, then throws the first failure', async () => {
  const closed: string[] = [];
  const failing: EventSink = {
    handle() {},
    close: async () => {
      closed.push('failing');
      throw new Error('disk gone');
    },
  };
  const good: EventSink = { handle() {}, close: async () => void closed.push('good') };
  await expect(combineSinks(failing, good).close()).rejects.toThrow('disk gone');
  expect(closed).toEqual(['failing', 'good']);
});
