import { randomBytes } from 'node:crypto';
import { link, readFile, readlink, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

const HEARTBEAT_MS = 5_000;
const SILENT_MS = 60_000;
const POLL_MS = 250;

interface Owner {
  readonly host: string;
  /** Process ids mean something only within one namespace (two containers may share a host name and a home folder). */
  readonly namespace: string;
  readonly pid: number;
  /** Start time of the process in clock ticks since boot, for a process id may have been given again. */
  readonly start: string;
}

/**
 * Runs `work` while this process alone holds the lock file; waits for another holder, telling `onWait` who it is once.
 *
 * A lock whose process is gone is taken over at once; one of another machine, when its file was not touched for a
 * minute.
 */
export async function withLock<T>(path: string, onWait: (owner: string) => void, work: () => Promise<T>): Promise<T> {
  const mine = JSON.stringify(await thisProcess());
  await acquire(path, mine, onWait);
  const heartbeat = setInterval(() => utimes(path, new Date(), new Date()).catch(() => {}), HEARTBEAT_MS);
  heartbeat.unref();
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    if ((await read(path)) === mine) await rm(path, { force: true });
  }
}

async function acquire(path: string, mine: string, onWait: (owner: string) => void): Promise<void> {
  let told = false;
  let seen = { time: -1, at: Date.now() };
  while (!(await create(path, mine))) {
    const content = await read(path);
    if (content === undefined) continue;
    const time = await stat(path).then(
      ({ mtimeMs }) => mtimeMs,
      () => -1,
    );
    if (time !== seen.time) seen = { time, at: Date.now() };
    if (await isDead(content, Date.now() - seen.at)) {
      await discard(path, content);
      continue;
    }
    if (!told) onWait(describe(content));
    told = true;
    await sleep(POLL_MS);
  }
}

/** Makes the lock with its content in one step: a linked file is never seen half-written. */
async function create(path: string, content: string): Promise<boolean> {
  const temporary = `${path}.${randomBytes(4).toString('hex')}`;
  await writeFile(temporary, content, { flag: 'wx' });
  try {
    await link(temporary, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Removes a dead lock, and puts it back if another process had renewed it in between. */
async function discard(path: string, dead: string): Promise<void> {
  const aside = `${path}.${randomBytes(4).toString('hex')}`;
  try {
    await rename(path, aside);
    if ((await read(aside)) !== dead) await link(aside, path).catch(() => {});
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  } finally {
    await rm(aside, { force: true });
  }
}

async function read(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined);
}

async function isDead(content: string, silentMs: number): Promise<boolean> {
  const owner = parse(content);
  if (owner === undefined || silentMs > SILENT_MS) return true;
  const here = await thisProcess();
  if (owner.host !== here.host || owner.namespace !== here.namespace) return false;
  return (await startTime(owner.pid)) !== owner.start;
}

function parse(content: string): Owner | undefined {
  try {
    return JSON.parse(content) as Owner;
  } catch {
    return undefined;
  }
}

function describe(content: string): string {
  const owner = parse(content);
  return owner === undefined ? 'an unknown process' : `process ${owner.pid} on ${owner.host}`;
}

async function thisProcess(): Promise<Owner> {
  const namespace = await readlink('/proc/self/ns/pid').catch(() => 'unknown');
  return { host: hostname(), namespace, pid: process.pid, start: (await startTime(process.pid)) ?? 'unknown' };
}

/** Start time of a process from field 22 of its `stat` file (proc(5)); undefined when there is no such process. */
async function startTime(pid: number): Promise<string | undefined> {
  const text = await read(`/proc/${pid}/stat`);
  return text?.slice(text.lastIndexOf(')') + 2).split(' ')[19];
}
