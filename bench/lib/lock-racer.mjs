import { closeSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

// A process of `lock-race.ts`: for each line `FOLDER TIME` it tries to own the lock from that time on (milliseconds
// since 1970), and tells whether it met another inside.
const locks = await import(pathToFileURL(process.argv[2]).href);
process.stdout.write('ready\n');
for await (const line of createInterface({ input: process.stdin })) {
  const [folder, time] = line.split(' ');
  while (Date.now() < Number(time));
  const work = () => meet(join(folder, 'inside'));
  const met = locks.withCloneLock
    ? await locks.withCloneLock(work)
    : await locks.withLock(join(folder, 'lock'), () => {}, work);
  process.stdout.write(`${met ? 'two' : 'alone'}\n`);
}

/** Whether another process is in the same place at the same time. */
async function meet(place) {
  try {
    closeSync(openSync(place, 'wx'));
  } catch {
    return true;
  }
  await new Promise((resolve) => setTimeout(resolve, 5));
  rmSync(place, { force: true });
  return false;
}
