import type { TrainEvent } from '../train/events.ts';
import type { EventSink } from './sink.ts';

/** The way of events to a sink: one at a time, in the order in which they were told, whoever tells them. */
export interface EventQueue {
  /** Tells an event and waits for it. Throws the first that the sink threw since the last `tell`, at any event. */
  tell(event: TrainEvent): Promise<void>;
  /** Tells an event that nobody waits for; what the sink throws at it is thrown by the next `tell`. */
  mention(event: TrainEvent): void;
}

/** Queues events for a sink. */
export function createEventQueue(sink: EventSink): EventQueue {
  let last: Promise<void> = Promise.resolve();
  const failures: unknown[] = [];
  const enqueue = (event: TrainEvent): Promise<void> => {
    last = last.then(async () => sink.handle(event)).catch((error: unknown) => void failures.push(error));
    return last;
  };
  return {
    async tell(event) {
      await enqueue(event);
      const failed = failures.splice(0);
      if (failed.length > 0) throw failed[0];
    },
    mention: (event) => void enqueue(event),
  };
}
