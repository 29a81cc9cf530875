import cliProgress from 'cli-progress';
import { isLive } from './live-bar.ts';

/** Tells how far a task is that comes before or after training. */
export interface TaskProgress {
  /** A task that can be counted. */
  count(label: string, done: number, total: number): void;
  /** A task that cannot. */
  say(label: string): void;
  /** Ends the present task. */
  stop(): void;
}

const QUIET: TaskProgress = { count: () => {}, say: () => {}, stop: () => {} };

/** Tasks as a bar on a terminal, and as one line each elsewhere; nothing when quiet. */
export function createTaskProgress(stream: NodeJS.WriteStream, options: { readonly quiet: boolean }): TaskProgress {
  if (options.quiet) return QUIET;
  const isTerminal = isLive(stream);
  let label: string | undefined;
  let bar: cliProgress.SingleBar | undefined;
  const stop = (): void => {
    bar?.stop();
    bar = undefined;
    label = undefined;
  };
  const begin = (next: string, total: number): void => {
    if (next === label) return;
    stop();
    label = next;
    if (!isTerminal) return void stream.write(`${next}\n`);
    bar = new cliProgress.SingleBar({
      stream,
      clearOnComplete: true,
      hideCursor: null,
      format: total > 0 ? `${next} {bar} {value}/{total}` : `${next} ...`,
      barCompleteChar: '━',
      barIncompleteChar: '─',
      barsize: 30,
    });
    bar.start(total, 0);
  };
  return {
    count(next, done, total) {
      begin(next, total);
      bar?.update(done);
    },
    say: (next) => begin(next, 0),
    stop,
  };
}
