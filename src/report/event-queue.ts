import type { TrainEvent } from '../train/events.ts';
import type { EventSink } from './sink.ts';

/** The way of events to a sink: one at a time, in the order in which they were told, whoever tells them. */
export interface EventQueue {
  /** Tells an event and waits for it. Throws what the sink threw at it, or at one that was mentioned before. */
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
      const [first] = failures.splice(0);
      if (first !== undefined) throw first;
    },
    mention: (event) => void enqueue(event),
  };
}
