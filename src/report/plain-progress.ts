import { performance } from 'node:perf_hooks';
import type { EventOf, TrainEvent } from '../train/events.ts';
import { terminalText } from '../util/terminal-text.ts';
import { type TextStream, writeText } from '../util/write-text.ts';
import {
  afterEpoch,
  checkpointText,
  endText,
  evaluationText,
  meanLossText,
  startLines,
  warningText,
} from './event-text.ts';
import { formatDuration, formatPercent, formatRate } from './format.ts';
import type { EventSink } from './sink.ts';
import { createTimeLeft, statusLine } from './status-line.ts';

/**
 * Progress as plain lines for pipes, batch schedulers and logs: what the run is, a line every
 * `everySeconds` (5) and at each epoch's end, and evaluations, checkpoints and warnings as they come.
 *
 * Each line starts with the time since the start. `now` is the clock in milliseconds.
 */
export function createPlainProgress(
  stream: TextStream,
  options: { everySeconds?: number | undefined; now?: (() => number) | undefined } = {},
): EventSink {
  const { everySeconds = 5, now = () => performance.now() } = options;
  let start: EventOf<'start'> | undefined;
  let timeLeft: ReturnType<typeof createTimeLeft> | undefined;
  let startedAt = now();
  let lastLineAt = startedAt;

  const elapsed = () => (now() - startedAt) / 1000;
  const write = (text: string) => {
    lastLineAt = now();
    writeText(stream, `[${formatDuration(elapsed())}] ${terminalText(text)}\n`);
  };

  const lineFor = (event: TrainEvent): string | undefined => {
    switch (event.type) {
      case 'start':
        return undefined;
      case 'step':
        if (start === undefined || now() - lastLineAt < everySeconds * 1000) return undefined;
        return statusLine(start, event, timeLeft?.seconds() ?? Number.NaN);
      case 'epoch':
        return (
          `epoch ${event.epoch}${start ? `/${start.epochs}` : ''} done in ${formatDuration(event.seconds)}: ` +
          `${meanLossText(event)}  ${formatRate(event.imagesPerSecond)} images/s  ` +
          `waiting for data ${formatPercent(event.waitShare, 0)}`
        );
      case 'evaluation':
        return `${evaluationText(event.evaluation)}${afterEpoch(event)}`;
      case 'checkpoint':
        return checkpointText(event);
      case 'warning':
        return `warning: ${warningText(event)}`;
      case 'end':
        return endText(event);
    }
  };
  return {
    handle(event) {
      if (event.type === 'start') {
        start = event;
        startedAt = now();
        timeLeft = createTimeLeft(event, now);
        for (const line of startLines(event)) write(line);
      }
      if (event.type === 'step') timeLeft?.add(event.step);
      const line = lineFor(event);
      if (line !== undefined) write(line);
    },
    close: async () => {},
  };
}
