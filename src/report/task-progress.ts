import type cliProgress from 'cli-progress';
import { formatCount } from '../util/format-count.ts';
import { shorten } from '../util/shorten.ts';
import { writeText } from '../util/write-text.ts';
import { barLine, createBars, isLive } from './live-bar.ts';

/** Tells how far a task is that comes before, after or between steps of training. */
export interface TaskProgress {
  /** A task that can be counted; with a total of 0 one that cannot. */
  count(label: string, done: number, total: number): void;
  /** A task that cannot. */
  say(label: string): void;
  /** Ends the present task. */
  stop(): void;
}

/** What is done at present, and how much of it. */
export interface Task {
  readonly label: string;
  readonly done: number;
  /** 0 where it can't be counted. */
  readonly total: number;
}

const QUIET: TaskProgress = { count: () => {}, say: () => {}, stop: () => {} };

/** A task as a line that fits the terminal: a bar where there is room and something to count, label and count. */
export function taskLine(stream: NodeJS.WriteStream, { label, done, total }: Task): string {
  if (total === 0) return barLine(stream, 0, (width) => shorten(`${label} ...`, width), false);
  const count = `  ${formatCount(done)}/${formatCount(total)}`;
  return barLine(stream, done / total, (width) => `${shorten(label, Math.max(4, width - count.length))}${count}`);
}

/** Tasks as one line each, for pipes and files. */
export function createTaskLines(write: (line: string) => void): TaskProgress {
  let present: string | undefined;
  const count = (label: string): void => {
    if (label !== present) write(label);
    present = label;
  };
  return {
    count,
    say: count,
    stop() {
      present = undefined;
    },
  };
}

/** Tasks as a bar on a terminal, and as one line each elsewhere; nothing when quiet. */
export function createTaskProgress(stream: NodeJS.WriteStream, options: { readonly quiet: boolean }): TaskProgress {
  if (options.quiet) return QUIET;
  if (!isLive(stream)) return createTaskLines((line) => writeText(stream, `${line}\n`));
  let task: Task | undefined;
  let bars: cliProgress.MultiBar | undefined;
  const count = (label: string, done: number, total: number): void => {
    task = { label, done, total };
    if (bars !== undefined) return;
    bars = createBars(stream, {
      format: () => (task === undefined ? '' : taskLine(stream, task)),
      clearOnComplete: true,
    });
    bars.create(1, 0);
    bars.update();
  };
  return {
    count,
    say: (label) => count(label, 0, 0),
    stop() {
      bars?.stop();
      bars = undefined;
      task = undefined;
    },
  };
}
