import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { withLock } from './lock.mjs';
import { ROOT, say } from './process.mjs';

/** Runs `work` while no other set-up works in this clone; one whose process is gone is not waited for. */
export function withCloneLock(work) {
  const folder = join(ROOT, '.cache');
  try {
    // Not recursive: Node would say of a read-only disk that nothing is there.
    mkdirSync(folder);
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
  const onWait = (owner) => say(`Waiting for another set-up in this folder (${owner}) ...`);
  return withLock(join(folder, 'setup.lock'), onWait, work);
}
