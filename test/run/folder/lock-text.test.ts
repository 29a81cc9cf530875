import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { withOutput } from '../../../src/run/folder/output-lock.ts';
import { runFolder } from '../../../src/run/folder/run-folder.ts';
import { withRunFolder } from '../../../src/run/folder/run-lock.ts';
import { tempFolder } from '../../data/temp-files.ts';
import { rejection } from '../rejection.ts';

/** The lock of a process that can't be asked from here. */
const record = (host: string): string =>
  JSON.stringify({
    ...{ host, process: 7, start: '1', since: '2026-03-01T10:20:30.456Z' },
    ...{ kernel: 'another', namespace: 'pid:[1]', id: '1' },
  });

const never = async (): Promise<never> => {
  throw new Error('Expected the lock to be refused.');
};

test('who works in a run folder elsewhere is told, and how to stop it: by no process id that means another one here', async () => {
  const { signal } = new AbortController();
  for (const [host, stop] of [
    ['node7', 'stop it there (ssh node7 kill 7)'],
    [hostname(), 'stop it in its own container (its process id there is 7)'],
  ] as const) {
    const path = tempFolder();
    const lock = join(path, 'run.lock');
    writeFileSync(lock, record(host));
    const said: string[] = [];
    const onStatus = (message: string): void => {
      said.push(message);
      // It is at work: its time is renewed.
      utimesSync(lock, 1, 1);
    };
    expect(await rejection(withRunFolder(runFolder(path), { onStatus, signal }, never))).toBe(
      `exit 1: expected a run folder that no other process uses, got ${path}: process 7 on ${host} (since 2026-03-01 10:20:30 UTC) is at work in it
Wait for its end, or ${stop}, which saves, or choose another folder by --output; cl-eval, cl-export and cl-embed may read the run meanwhile. Whether it is at work shows in run.lock: its time is renewed; 2 minutes without count as left behind, and the next start takes the folder over.`,
    );
    expect(said).toEqual([
      `process 7 on ${host} (since 2026-03-01 10:20:30 UTC) owns ${path}, and can't be asked from here whether it is at work: watching run.lock for up to 2 minutes`,
    ]);
  }
});

test('a table whose writer can not be asked is watched before it is refused, as after a reboot', async () => {
  const output = join(tempFolder(), 'features.npy');
  const lock = join(`${output}.partial`, 'lock');
  mkdirSync(`${output}.partial`);
  writeFileSync(lock, record(hostname()));
  const stop = new AbortController();
  const said: string[] = [];
  const watch = (message: string): void => {
    said.push(message);
    if (said.length === 1) stop.abort('SIGINT');
    else utimesSync(lock, 1, 1);
  };
  const owned = { output, lock, elsewhere: 'choose another name by --output', onWatch: watch };
  await expect(withOutput({ ...owned, signal: stop.signal }, never)).rejects.toThrow('aborted');
  const { signal } = new AbortController();
  expect(await rejection(withOutput({ ...owned, signal }, never))).toContain(
    `exit 2: expected ${output} for this command alone, but process 7 on ${hostname()} (since 2026-03-01 10:20:30 UTC) is writing it\nWait for its end, stop it in its own container (its process id there is 7), or choose another name by --output.`,
  );
  expect(said).toHaveLength(2);
});
