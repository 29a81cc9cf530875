/** What was ordered, what came of it, and how long its consumer stood still for it. */
export interface LoadedOrder<Order, Result> {
  readonly order: Order;
  readonly result: Result;
  /** Milliseconds between asking for the result and getting it. */
  readonly waitedMs: number;
}

export interface LoadAheadOptions<Order, Result> {
  /** What to load, in order; asked for no earlier than needed. */
  readonly orders: Iterable<Order>;
  /** Loads one; the signal says that its result is no longer wanted. */
  readonly load: (order: Order, signal: AbortSignal) => Promise<Result>;
  /** Orders that load while the consumer works on a result (default 2; 0 loads each when it is asked for). */
  readonly ahead?: number | undefined;
  /** Ends the loading early, without an error. */
  readonly signal?: AbortSignal | undefined;
}

interface Pending<Order, Result> {
  readonly order: Order;
  readonly loading: Promise<Result>;
}

/**
 * Loads things, such as batches, ahead of their consumer and hands them over in order, whichever is ready first.
 *
 * At most `ahead + 1` are held. The first error in order is thrown once. When the consumer stops early, or an error
 * ends it, what is on the way is called off and waited for, so that nothing runs on behind.
 */
export async function* loadAhead<Order, Result>(
  options: LoadAheadOptions<Order, Result>,
): AsyncGenerator<LoadedOrder<Order, Result>, void, undefined> {
  const { load, signal } = options;
  const stop = new AbortController();
  const onAbort = (): void => stop.abort(signal?.reason);
  if (signal?.aborted) return;
  signal?.addEventListener('abort', onAbort, { once: true });

  const orders = options.orders[Symbol.iterator]();
  const pending: Pending<Order, Result>[] = [];
  let exhausted = false;
  const fill = (target: number): void => {
    while (!exhausted && !stop.signal.aborted && pending.length < target) {
      const next = orders.next();
      if (next.done) {
        exhausted = true;
        return;
      }
      const loading = (async () => load(next.value, stop.signal))();
      // Failures are reported when their turn comes; until then they must not count as unhandled.
      loading.catch(() => {});
      pending.push({ order: next.value, loading });
    }
  };

  try {
    for (;;) {
      fill(1);
      const head = pending.shift();
      if (head === undefined || stop.signal.aborted) return;
      fill(options.ahead ?? 2);
      const asked = performance.now();
      let result: Result;
      try {
        result = await head.loading;
      } catch (error) {
        if (signal?.aborted) return;
        throw error;
      }
      if (stop.signal.aborted) return;
      const waitedMs = performance.now() - asked;
      yield { order: head.order, result, waitedMs };
    }
  } finally {
    signal?.removeEventListener('abort', onAbort);
    stop.abort();
    orders.return?.();
    await Promise.allSettled(pending.map(({ loading }) => loading));
  }
}
