import { createEventQueue } from '../../report/event-queue.ts';
import type { EventSink } from '../../report/sink.ts';
import type { TrainEvent } from '../../train/events.ts';

/** How a run tells its listeners of itself: one event at a time, in order. */
export interface RunTeller {
  /** Tells an event and waits for it. Throws what a listener threw since the last time, at any event. */
  tell(event: TrainEvent): Promise<void>;
  /** Tells a warning at the present step. Throws as `tell` does. */
  warn(message: string): Promise<void>;
  /** Tells a warning that concerns the whole run, and waits for it. Throws as `tell` does. */
  alert(message: string): Promise<void>;
  /** Tells a warning that nobody waits for; what a listener throws at it is thrown by what is told next. */
  mention(message: string): void;
  /** Completed steps, as far as they were told. */
  step(): number;
}

/** Creates the teller of a run that has completed `startStep` steps. */
export function createRunTeller(sinks: EventSink, startStep: number): RunTeller {
  const queue = createEventQueue(sinks);
  let step = startStep;
  const tell = async (event: TrainEvent): Promise<void> => {
    if (event.type === 'step') step = event.step;
    await queue.tell(event);
  };
  const warning = (message: string): TrainEvent => ({ type: 'warning', step, message });
  return {
    tell,
    warn: (message) => tell(warning(message)),
    alert: (message) => tell({ type: 'warning', step, message, alert: true }),
    mention: (message) => queue.mention(warning(message)),
    step: () => step,
  };
}
