import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { withLock } from '../../src/util/lock.ts';
import { temporaryFolder } from '../setup/wheel-server.ts';

const silent = () => {};

it('lets one in at a time, and tells the others whom they wait for', async () => {
  const path = join(temporaryFolder(), 'lock');
  const waited: string[] = [];
  let inside = 0;
  let most = 0;
  const work = async () => {
    most = Math.max(most, ++inside);
    await sleep(30);
    inside--;
  };
  await Promise.all([1, 2, 3].map(() => withLock(path, (owner) => waited.push(owner), work)));
  expect(most).toBe(1);
  expect(waited).toEqual(Array(2).fill(`process ${process.pid} on ${hostname()}`));
  expect(existsSync(path)).toBe(false);
});

it('takes over at once from a process that is gone', async () => {
  const path = join(temporaryFolder(), 'lock');
  const { pid } = spawnSync('true');
  await withLock(path, silent, async () => writeFileSync(`${path}.mine`, readFileSync(path)));
  const mine = JSON.parse(readFileSync(`${path}.mine`, 'utf8')) as object;
  const waited: string[] = [];
  for (const owner of [JSON.stringify({ ...mine, pid }), JSON.stringify({ ...mine, start: '1' }), 'no JSON']) {
    writeFileSync(path, owner);
    await withLock(
      path,
      (name) => waited.push(name),
      async () => {},
    );
  }
  expect(waited).toEqual([]);
});

it('gives the lock back when the work fails', async () => {
  const path = join(temporaryFolder(), 'lock');
  const failing = withLock(path, silent, () => Promise.reject(new Error('work failed')));
  await expect(failing).rejects.toThrow('work failed');
  expect(existsSync(path)).toBe(false);
});
