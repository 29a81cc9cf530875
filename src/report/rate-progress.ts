import { performance } from 'node:perf_hooks';
import { formatCount } from '../util/format-count.ts';
import { terminalText } from '../util/terminal-text.ts';
import { layOut, writeText } from '../util/write-text.ts';
import { formatDuration, formatRate } from './format.ts';
import { barLine, createBars, isLive } from './live-bar.ts';

/** Tells how far a long task of equal parts is, how fast, and how long it will take. */
export interface RateProgress {
  /** @param done parts that are done, those of before included. */
  update(done: number): void;
  /** A line that stays, above the bar where there is one. */
  note(line: string): void;
  stop(): void;
}

export interface RateOptions {
  readonly quiet: boolean;
  /** What is counted, in the plural: `images`. */
  readonly noun: string;
  readonly total: number;
  /** Parts that were done before: not counted in the rate. */
  readonly done: number;
  /** Seconds between two lines where there is no bar (default 5). */
  readonly everySeconds?: number | undefined;
}

/** A bar on a terminal, and elsewhere a line every few seconds; nothing when quiet. */
export function createRateProgress(stream: NodeJS.WriteStream, options: RateOptions): RateProgress {
  if (options.quiet) return { update: () => {}, note: () => {}, stop: () => {} };
  const { noun, total, done: before, everySeconds = 5 } = options;
  const startedAt = performance.now();
  let done = before;
  const line = (): string => {
    const rate = (done - before) / ((performance.now() - startedAt) / 1000);
    return `${formatCount(done)}/${formatCount(total)} ${noun}  ${formatRate(rate)} ${noun}/s  ETA ${formatDuration((total - done) / rate)}`;
  };
  const view = isLive(stream) ? createBar(stream, total, line) : createLines(stream, { startedAt, everySeconds, line });
  return {
    ...view,
    update(now) {
      done = now;
      view.update(now);
    },
  };
}

function createBar(stream: NodeJS.WriteStream, total: number, line: () => string): RateProgress {
  let shown = 0;
  const format = (): string => barLine(stream, total > 0 ? shown / total : 1, (width) => line().slice(0, width));
  const bars = createBars(stream, { format, clearOnComplete: true });
  const bar = bars.create(total, 0);
  return {
    update(done) {
      shown = done;
      bar.update(done);
    },
    note(text) {
      bars.log(layOut(stream, `${terminalText(text)}\n`));
      bars.update();
    },
    stop: () => bars.stop(),
  };
}

interface LinesOptions {
  readonly startedAt: number;
  readonly everySeconds: number;
  readonly line: () => string;
}

function createLines(stream: NodeJS.WriteStream, options: LinesOptions): RateProgress {
  const { startedAt, everySeconds, line } = options;
  let lastAt = startedAt;
  const write = (text: string): void => {
    lastAt = performance.now();
    writeText(stream, `[${formatDuration((lastAt - startedAt) / 1000)}] ${terminalText(text)}\n`);
  };
  return {
    update() {
      if (performance.now() - lastAt >= everySeconds * 1000) write(line());
    },
    note: write,
    stop: () => {},
  };
}
