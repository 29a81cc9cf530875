import { basename } from 'node:path';
import { performance } from 'node:perf_hooks';
import type cliProgress from 'cli-progress';
import pc from 'picocolors';
import type { EventOf, TrainEvent } from '../train/events.ts';
import { terminalText } from '../util/terminal-text.ts';
import { hasColors, layOut, writeText } from '../util/write-text.ts';
import {
  afterEpoch,
  checkpointText,
  endText,
  evaluationText,
  meanLossText,
  startLines,
  warningText,
} from './event-text.ts';
import { formatDuration } from './format.ts';
import { barLine, createBars, isLive } from './live-bar.ts';
import { createPlainProgress } from './plain-progress.ts';
import type { EventSink } from './sink.ts';
import { createTimeLeft, statusLine } from './status-line.ts';
import { createTaskLines, createTaskProgress, type Task, type TaskProgress, taskLine } from './task-progress.ts';

/** Progress that other lines and tasks, such as evaluations, can be mixed with. */
export interface ProgressBar extends EventSink {
  /** Tasks between the steps: in the bar's place where there is one. */
  readonly task: TaskProgress;
  /** Writes one line, above the bar where there is one, without breaking it. */
  note(line: string): void;
}

/**
 * Live progress on a terminal: one line that is redrawn five times a second, with evaluations,
 * checkpoints and warnings scrolling above it.
 *
 * The line fits the terminal's present width. Nothing about the terminal (cursor, wrapping) is
 * changed, so that a killed process leaves nothing to mend. Colours follow NO_COLOR.
 */
export function createProgressBar(stream: NodeJS.WriteStream): ProgressBar {
  const colors = pc.createColors(hasColors(stream));
  let start: EventOf<'start'> | undefined;
  let latest: EventOf<'step'> | undefined;
  let timeLeft: ReturnType<typeof createTimeLeft> | undefined;
  let bar: cliProgress.SingleBar | undefined;

  // One line is drawn anew, never two.
  const outside = createTaskProgress(stream, { quiet: false });
  let task: Task | undefined;

  const line = (): string => {
    if (task !== undefined) return taskLine(stream, task);
    if (start === undefined) return '';
    const { totalSteps, startStep } = start;
    const at = latest?.step ?? startStep;
    const eta = timeLeft?.seconds() ?? Number.NaN;
    const running = start;
    return barLine(stream, totalSteps > 0 ? at / totalSteps : 1, (width) => statusLine(running, latest, eta, width));
  };

  const bars = createBars(stream, { format: line });

  const note = (text: string): void => {
    if (bar === undefined) {
      writeText(stream, `${text}\n`);
      return;
    }
    bars.log(layOut(stream, `${text}\n`));
    bars.update();
  };
  const begin = (event: EventOf<'start'>): void => {
    start = event;
    outside.stop();
    timeLeft = createTimeLeft(event, () => performance.now());
    for (const text of startLines(event)) note(terminalText(text));
    bar = bars.create(event.totalSteps, event.startStep);
    bars.update();
  };
  const count = (label: string, done: number, total: number): void => {
    if (bar === undefined) outside.count(label, done, total);
    else task = { label, done, total };
  };
  const stop = (): void => {
    outside.stop();
    task = undefined;
    if (bar === undefined) return;
    bars.stop();
    bar = undefined;
  };

  const noteFor = (event: TrainEvent): string | undefined => {
    switch (event.type) {
      case 'epoch':
        return colors.dim(`epoch ${event.epoch}: ${meanLossText(event)}, ${formatDuration(event.seconds)}`);
      case 'evaluation':
        return `${colors.bold(terminalText(evaluationText(event.evaluation)))}${afterEpoch(event)}`;
      case 'checkpoint':
        // The folder has been told, and takes a line of its own on a narrow terminal.
        return colors.dim(terminalText(checkpointText({ ...event, path: basename(event.path) })));
      case 'warning':
        return `${colors.magenta('warning:')} ${terminalText(warningText(event))}`;
      case 'end':
        return terminalText(endText(event));
      default:
        return undefined;
    }
  };
  return {
    handle(event) {
      if (event.type === 'start') begin(event);
      if (event.type === 'step') {
        latest = event;
        timeLeft?.add(event.step);
      }
      if (event.type === 'end') stop();
      const text = noteFor(event);
      if (text !== undefined) note(text);
    },
    note,
    task: {
      count,
      say: (label) => count(label, 0, 0),
      stop() {
        outside.stop();
        task = undefined;
      },
    },
    close: async () => stop(),
  };
}

/** The progress that fits `stream`: the bar on a terminal, plain lines elsewhere, nothing when quiet. */
export function createProgress(
  stream: NodeJS.WriteStream,
  options: { quiet?: boolean | undefined; plain?: boolean | undefined; everySeconds?: number | undefined } = {},
): ProgressBar {
  const { quiet = false, plain = false, everySeconds = 5 } = options;
  if (!quiet && !plain && isLive(stream)) return createProgressBar(stream);
  if (quiet)
    return { handle: () => {}, close: async () => {}, task: createTaskProgress(stream, { quiet }), note: () => {} };
  const note = (line: string): void => writeText(stream, `${line}\n`);
  return { ...createPlainProgress(stream, { everySeconds }), task: createTaskLines(note), note };
}
