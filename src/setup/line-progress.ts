import { formatBytes } from '../util/format-bytes.ts';

const LINE_EVERY_MS = 3_000;

/** Where set-up tells what it does: sentences, and one task of known size at a time. */
export interface SetupProgress {
  /** Prints one line. */
  say(line: string): void;
  /** Begins a task of `total` bytes, `done` of them done before. */
  begin(label: string, total: number, done: number): void;
  /** The task stands at `done` bytes. */
  advance(done: number): void;
  end(): void;
}

/** Progress as plain lines, one every few seconds. */
export function lineProgress(say: (line: string) => void): SetupProgress {
  let task = { label: '', total: 0 };
  let speed = rate(0);
  let printed = 0;
  const line = (done: number): void => {
    const percent = Math.floor((100 * done) / Math.max(1, task.total));
    say(
      `${task.label}: ${percent} %, ${formatBytes(done)} of ${formatBytes(task.total)}, ${formatBytes(speed(done))}/s`,
    );
  };
  return {
    say,
    begin(label, total, done) {
      task = { label, total };
      speed = rate(done);
      printed = performance.now();
    },
    advance(done) {
      if (performance.now() - printed < LINE_EVERY_MS) return;
      printed = performance.now();
      line(done);
    },
    end() {},
  };
}

/** Bytes a second since now, where `before` bytes were done before. */
export function rate(before: number): (done: number) => number {
  const start = performance.now();
  return (done) => ((done - before) / Math.max(1, performance.now() - start)) * 1000;
}
