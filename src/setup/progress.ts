import { SingleBar } from 'cli-progress';
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

/** Progress on a stream: a bar on a terminal, otherwise a plain line every few seconds. */
export function reportProgress(stream: NodeJS.WriteStream = process.stderr): SetupProgress {
  const say = (line: string) => void stream.write(`${line}\n`);
  return stream.isTTY ? barProgress(stream, say) : lineProgress(say);
}

function barProgress(stream: NodeJS.WriteStream, say: (line: string) => void): SetupProgress {
  const format = '{label} {bar} {percentage} %  {done} of {size}  {speed}/s  {eta_formatted} left';
  let bar: SingleBar | undefined;
  let speed = rate(0);
  return {
    say,
    begin(label, total, done) {
      speed = rate(done);
      bar = new SingleBar({ format, stream, barsize: 24, hideCursor: true, fps: 5, gracefulExit: true });
      bar.start(total, done, { label, size: formatBytes(total), done: formatBytes(done), speed: '-' });
    },
    advance(done) {
      bar?.update(done, { done: formatBytes(done), speed: formatBytes(speed(done)) });
    },
    end() {
      bar?.stop();
      bar = undefined;
    },
  };
}

function lineProgress(say: (line: string) => void): SetupProgress {
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

function rate(before: number): (done: number) => number {
  const start = performance.now();
  return (done) => ((done - before) / Math.max(1, performance.now() - start)) * 1000;
}
