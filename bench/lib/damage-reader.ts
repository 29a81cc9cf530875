import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DamagePart, Outcome } from './damage-part.ts';

const CHILD = join(import.meta.dirname, 'damage-reader-child.ts');

/** Files that one process reads, so that none is judged by what many before it left behind. */
const READS = 200;

/** Reads damaged files in a process of its own, which is started again where one ends it. */
export function createReader({ reader, patience }: Pick<DamagePart, 'reader' | 'patience'>) {
  let child: ChildProcess | undefined;
  let reads = 0;

  const start = async (): Promise<ChildProcess> => {
    const started = fork(CHILD, [reader.href], { execArgv: ['--expose-gc', '--import', 'tsx'], stdio: 'inherit' });
    await once(started, 'message');
    reads = 0;
    return started;
  };
  const close = async (): Promise<void> => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  };

  return {
    async read(path: string): Promise<Outcome> {
      if (reads >= READS) await close();
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) child = await start();
      reads++;
      const asked = new AbortController();
      const { signal } = asked;
      const ended = (message: string): Outcome => ({ how: 'ended', message, seconds: patience, peakBytes: 0 });
      const outcome = Promise.race([
        once(child, 'message', { signal }).then(([found]) => found as Outcome),
        once(child, 'exit', { signal }).then(([code, by]) => ended(`the process ended (${by ?? `exit code ${code}`})`)),
        sleep(1000 * patience, undefined, { signal }).then(() => ended(`not read after ${patience} s`)),
      ]);
      child.send(path);
      const found = await outcome;
      asked.abort();
      if (found.how === 'ended') await close();
      return found;
    },
    close,
  };
}
