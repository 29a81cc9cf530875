import type { TrainEvent } from '../train/events.ts';

/** A listener to a training run: a bar, a log, a file. Events come one at a time, in order. */
export interface EventSink {
  /** Takes one event; the run waits for a returned promise before it goes on. */
  handle(event: TrainEvent): void | Promise<void>;
  /** Flushes and releases what the sink holds; safe to call twice. */
  close(): Promise<void>;
}

/**
 * One sink that hands every event to each of `sinks` in the order given.
 *
 * `close` closes all of them even when some fail, then throws the first failure.
 */
export function combineSinks(...sinks: readonly EventSink[]): EventSink {
  return {
    async handle(event) {
      for (const sink of sinks) await sink.handle(event);
    },
    async close() {
      const failures: unknown[] = [];
      for (const sink of sinks) await sink.close().catch((error: unknown) => failures.push(error));
      if (failures.length > 0) throw failures[0];
    },
  };
}
