import { SingleBar } from 'cli-progress';
import { formatBytes } from '../util/format-bytes.ts';
import { lineProgress, rate, type SetupProgress } from './line-progress.ts';

export type { SetupProgress } from './line-progress.ts';

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
