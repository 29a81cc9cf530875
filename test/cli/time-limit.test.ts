import { afterEach, expect, it, vi } from 'vitest';
import { createTimeLimit, parseLimit } from '../../src/cli/time-limit.ts';
import { UserError } from '../../src/util/errors.ts';

afterEach(() => void vi.useRealTimers());

it('counts from the start of the process, over more days than a timer waits, and says once that the time is over', () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
  const begun = Date.now();
  const uptime = vi.spyOn(process, 'uptime').mockImplementation(() => 100 + (Date.now() - begun) / 1000);
  const said: string[] = [];
  const limit = createTimeLimit(parseLimit('--max-time', '60d'), (text) => said.push(text));
  vi.advanceTimersByTime(1000 * (60 * 86_400 - 101));
  expect(limit.signal.aborted).toBe(false);
  vi.advanceTimersByTime(2000);
  expect(limit.signal.reason).toBeInstanceOf(UserError);
  expect(said).toEqual(['--max-time 60d is over: stopping after this step and saving']);

  const stopped = createTimeLimit(parseLimit('--max-time', '90d'), (text) => said.push(text));
  stopped.stop();
  vi.advanceTimersByTime(1000 * 90 * 86_400);
  expect(stopped.signal.aborted).toBe(false);
  expect(createTimeLimit(parseLimit('--max-time', '1s'), () => {}).signal.aborted).toBe(true);
  uptime.mockRestore();
});

it.each(['0s', '', '12:00:00', '-5m', 'soon'])('refuses %j', (text) => {
  expect(() => parseLimit('--max-time', text)).toThrow(
    `--max-time: expected days, hours, minutes and seconds, such as 11h50m, 90m or 30s, got ${text || 'nothing'}`,
  );
});
