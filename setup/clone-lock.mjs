import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ROOT, say } from './process.mjs';

const LOCK = join(ROOT, '.cache', 'setup.lock');

/** Runs `work` while no other set-up works in this clone; one whose process is gone is not waited for. */
export async function withCloneLock(work) {
  mkdirSync(join(ROOT, '.cache'), { recursive: true });
  for (let waited = false; !take(); waited = true) {
    const owner = readOwner();
    if (owner === undefined || !isAlive(owner)) {
      rmSync(LOCK, { force: true });
      continue;
    }
    if (!waited) say(`Waiting for another set-up in this folder (process ${owner}) ...`);
    await sleep(500);
  }
  const release = () => rmSync(LOCK, { force: true });
  process.on('exit', release);
  try {
    return await work();
  } finally {
    process.off('exit', release);
    release();
  }
}

function take() {
  try {
    writeFileSync(LOCK, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

function readOwner() {
  try {
    return Number(readFileSync(LOCK, 'utf8')) || undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
