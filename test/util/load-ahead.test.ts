import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { loadAhead } from '../../src/util/load-ahead.ts';

/** Loads that finish when the test says, and what was begun and called off. */
function createLoads() {
  const begun: number[] = [];
  const aborted: number[] = [];
  const waiting = new Map<number, { resolve: (value: string) => void; reject: (error: Error) => void }>();
  return {
    begun,
    aborted,
    load: (order: number, signal: AbortSignal): Promise<string> => {
      begun.push(order);
      return new Promise((resolve, reject) => {
        waiting.set(order, { resolve, reject });
        signal.addEventListener('abort', () => {
          aborted.push(order);
          reject(new Error('called off'));
        });
      });
    },
    finish: (order: number) => waiting.get(order)?.resolve(`batch ${order}`),
    fail: (order: number) => waiting.get(order)?.reject(new Error(`broken ${order}`)),
  };
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('loadAhead', () => {
  it('hands results over in order, whichever is ready first', async () => {
    const load = async (order: number): Promise<number> => {
      await sleep((7 * (order + 3)) % 11);
      return order * 10;
    };
    for (const ahead of [0, 1, 3, 50]) {
      const got: number[] = [];
      for await (const { order, result, waitedMs } of loadAhead({ orders: Array(12).keys(), load, ahead })) {
        expect(result).toBe(order * 10);
        expect(waitedMs).toBeGreaterThanOrEqual(0);
        got.push(order);
      }
      expect(got).toEqual([...Array(12).keys()]);
    }
  });

  it('asks for no more than it may hold', async () => {
    const loads = createLoads();
    const asked: number[] = [];
    function* orders() {
      for (let i = 0; ; i++) {
        asked.push(i);
        yield i;
      }
    }
    const batches = loadAhead({ orders: orders(), load: loads.load, ahead: 2 });
    expect(loads.begun).toEqual([]);
    const first = batches.next();
    expect(loads.begun).toEqual([0, 1, 2]);
    loads.finish(2);
    loads.finish(0);
    expect((await first).value?.result).toBe('batch 0');
    await sleep(1);
    expect(loads.begun).toEqual([0, 1, 2]);
    loads.finish(1);
    expect((await batches.next()).value?.result).toBe('batch 1');
    expect(asked).toEqual([0, 1, 2, 3]);
    await batches.return();
  });

  it('measures the time that its consumer waits, not the time of loading', async () => {
    vi.useFakeTimers({ toFake: ['performance', 'setTimeout'] });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const batches = loadAhead({ orders: [0, 1], load: async () => sleep(60), ahead: 1 });
    const first = batches.next();
    await vi.advanceTimersByTimeAsync(60);
    expect((await first).value?.waitedMs).toBe(60);
    await vi.advanceTimersByTimeAsync(80);
    expect((await batches.next()).value?.waitedMs).toBe(0);
    expect((await batches.next()).done).toBe(true);
  });

  it('calls off and waits for what is on the way when its consumer stops', async () => {
    const loads = createLoads();
    setTimeout(() => loads.finish(0), 1);
    for await (const { order } of loadAhead({ orders: Array(9).keys(), load: loads.load, ahead: 3 })) {
      expect(order).toBe(0);
      break;
    }
    expect(loads.begun).toEqual([0, 1, 2, 3]);
    expect(loads.aborted.slice(-3)).toEqual([1, 2, 3]);
  });

  it('throws the first error in order, once, and ends', async () => {
    const loads = createLoads();
    const batches = loadAhead({ orders: Array(9).keys(), load: loads.load, ahead: 3 });
    const first = batches.next();
    loads.fail(2);
    loads.fail(1);
    await sleep(1);
    loads.finish(0);
    expect((await first).value?.result).toBe('batch 0');
    await expect(batches.next()).rejects.toThrow('broken 1');
    expect(await batches.next()).toEqual({ done: true, value: undefined });
  });

  it('ends without an error when its signal is aborted, before or between or while loading', async () => {
    const loads = createLoads();
    const control = new AbortController();
    const batches = loadAhead({ orders: Array(9).keys(), load: loads.load, ahead: 1, signal: control.signal });
    const first = batches.next();
    loads.finish(0);
    expect((await first).value?.result).toBe('batch 0');
    const second = batches.next();
    control.abort();
    expect(await second).toEqual({ done: true, value: undefined });
    const none = loadAhead({ orders: [1], load: loads.load, signal: control.signal });
    expect((await none.next()).done).toBe(true);
  });
});
