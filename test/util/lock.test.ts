import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished, vi } from 'vitest';
import { raceForLock } from '../../bench/lib/lock-race.ts';
import { type LockOptions, tryLock, withLock } from '../../src/util/lock.ts';
import { inRepository } from '../cli/run-command.ts';
import { temporaryFolder } from '../setup/wheel-server.ts';

const silent = () => {};
const MODULE = inRepository('setup/lock.mjs');
const OPTIONS: LockOptions = { onWatch: silent, onLost: silent };

/** Starts a process that owns a lock until it is killed. */
async function startOwner(path: string): Promise<ChildProcess & { readonly pid: number }> {
  const script = `const { tryLock } = await import(${JSON.stringify(MODULE)});
    const { lock } = await tryLock(${JSON.stringify(path)}, {});
    process.stdout.write(lock ? 'owned' : 'not owned');
    setInterval(() => {}, 1000);`;
  const args = ['--input-type=module', '-e', script];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  expect(String((await once(child.stdout, 'data'))[0])).toBe('owned');
  return child as typeof child & { readonly pid: number };
}

/** Whether this user may make processes a namespace of their own, as containers do. */
const mayUnshare =
  spawnSync('unshare', ['--map-root-user', '--uts', '--pid', '--fork', '--mount-proc', 'hostname', 'x']).status === 0;

/** Shell that becomes a program in a container: also under another host's name, or with the processes around it. */
const CONTAINERS: Readonly<Record<string, string>> = {
  'another container': 'exec unshare --map-root-user --pid --fork --mount-proc --kill-child "$@"',
  'another host': `exec unshare --map-root-user --uts --pid --fork --mount-proc --kill-child sh -c 'hostname elsewhere; exec "$@"' sh "$@"`,
  'a container that sees the processes around it': 'exec unshare --map-root-user --pid --fork --kill-child "$@"',
};

/** Starts a process in a container, which tells how it fared with a lock and keeps it until it is killed. */
async function startInContainer(shell: string, path: string): Promise<{ told: unknown; kill: () => Promise<void> }> {
  const script = `const { tryLock } = await import(${JSON.stringify(MODULE)});
    const options = { heartbeatMs: 100, onWatch() {} };
    const { lock, owner, isHere } = await tryLock(${JSON.stringify(path)}, options);
    process.stdout.write(JSON.stringify({ isOwned: lock !== undefined, owner, isHere }));
    setInterval(() => {}, 1000);`;
  const args = ['-c', shell, 'sh', process.execPath, '--input-type=module', '-e', script];
  const child = spawn('sh', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await once(child, 'close');
  };
  onTestFinished(() => void child.kill('SIGKILL'));
  return { told: JSON.parse(String((await once(child.stdout, 'data'))[0])), kill };
}

/** What a killed process leaves in a lock, with other values. */
async function deadRecord(changed: object = {}): Promise<string> {
  const path = join(temporaryFolder(), 'lock');
  const owner = await startOwner(path);
  owner.kill('SIGKILL');
  await once(owner, 'close');
  return JSON.stringify({ ...(JSON.parse(readFileSync(path, 'utf8')) as object), ...changed });
}

/** Takes a lock that is left behind, and gives it back. */
async function takeOver(path: string) {
  const { lock, ...told } = await tryLock(path, OPTIONS);
  await lock?.release();
  expect(readdirSync(dirname(path))).toEqual([]);
  return told;
}

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
  expect(readdirSync(dirname(path))).toEqual([]);
});

it('takes over at once from a process that is gone, also where its process id was given again', async () => {
  const path = join(temporaryFolder(), 'lock');
  const waited: string[] = [];
  for (const owner of [await deadRecord(), await deadRecord({ process: process.pid, start: '1' }), 'no JSON', '']) {
    writeFileSync(path, owner);
    await withLock(
      path,
      (name) => waited.push(name),
      async () => {},
    );
  }
  expect(waited).toEqual([]);
  const left = JSON.parse(await deadRecord());
  writeFileSync(path, JSON.stringify(left));
  expect(await takeOver(path)).toEqual({ before: left });
});

it('takes over from a killed process whose parent never asks for its end', async () => {
  const path = join(temporaryFolder(), 'lock');
  // The shell becomes `sleep`, which does not know of a child.
  const parent = spawn('sh', ['-c', 'sleep 0 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void parent.kill('SIGKILL'));
  const id = Number(String((await once(parent.stdout, 'data'))[0]));
  const stat = await vi.waitFor(() => {
    const text = readFileSync(`/proc/${id}/stat`, 'utf8');
    expect(text).toContain(') Z ');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  }, 30_000);
  writeFileSync(path, await deadRecord({ process: id, start: stat[19] }));
  expect(await takeOver(path)).toMatchObject({ before: { process: id } });
});

it('names a living owner, leaves its lock alone, and takes it over when the owner is killed', async () => {
  const path = join(temporaryFolder(), 'lock');
  const child = await startOwner(path);
  const content = readFileSync(path, 'utf8');
  const since = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  expect(await tryLock(path, OPTIONS)).toMatchObject({
    owner: { host: hostname(), process: child.pid, since },
    isHere: true,
  });
  expect(readFileSync(path, 'utf8')).toBe(content);
  child.kill('SIGKILL');
  await once(child, 'close');
  expect(await takeOver(path)).toMatchObject({ before: { process: child.pid } });
});

it('watches an owner that it cannot check: one that renews its lock keeps it, one that is silent loses it', async () => {
  const path = join(temporaryFolder(), 'lock');
  for (const changed of [{ host: 'elsewhere' }, { kernel: 'before the reboot' }, { namespace: 'pid:[1]' }]) {
    writeFileSync(path, await deadRecord(changed));
    const watched: unknown[] = [];
    const onWatch: LockOptions['onWatch'] = (owner) => {
      watched.push(owner);
      utimesSync(path, 1, 1);
    };
    expect(await tryLock(path, { ...OPTIONS, onWatch })).toMatchObject({ owner: changed });
    expect(watched).toMatchObject([changed]);
    const { lock, ...told } = await tryLock(path, { ...OPTIONS, silentMs: 1 });
    expect(told).toMatchObject({ before: changed });
    await lock?.release();
  }
});

it.skipIf(!mayUnshare).each(Object.entries(CONTAINERS))(
  'neither takes a living owner in %s for dead, nor the other way round; one that is killed loses its lock',
  async (_, shell) => {
    const path = join(temporaryFolder(), 'lock');
    const inside = await startInContainer(shell, path);
    expect(inside.told).toEqual({ isOwned: true });
    expect(await tryLock(path, OPTIONS)).toMatchObject({ owner: { process: 1 }, isHere: false });
    await inside.kill();
    const { lock, ...taken } = await tryLock(path, { ...OPTIONS, silentMs: 1000, heartbeatMs: 100 });
    expect(taken).toMatchObject({ before: { process: 1 } });
    const other = await startInContainer(shell, path);
    expect(other.told).toMatchObject({ isOwned: false, owner: { process: process.pid }, isHere: false });
    await other.kill();
    await lock?.release();
    expect(readdirSync(dirname(path))).toEqual([]);
  },
);

it.skipIf(!mayUnshare)('asks no process for a dead owner that has its id in the system around a container', () => {
  const path = join(temporaryFolder(), 'lock');
  const script = (options: string, then: string): string =>
    `const { tryLock } = await import(${JSON.stringify(MODULE)});
    const { lock, before } = await tryLock(${JSON.stringify(path)}, { onWatch() {}, ${options} });
    console.log(lock !== undefined, before?.process); ${then}`;
  // The second process of a container has the id of one of the kernel's threads.
  const shell = `"$1" --input-type=module -e "$2" & owner=$!; until [ -s "$4" ]; do sleep 0.05; done
    kill -9 $owner; wait $owner; "$1" --input-type=module -e "$3"`;
  const programs = [
    process.execPath,
    script('', 'setInterval(() => {}, 1000)'),
    script('silentMs: 500', 'process.exit()'),
  ];
  const args = ['--map-root-user', '--pid', '--fork', 'sh', '-c', shell, 'sh', ...programs, path];
  const { stdout } = spawnSync('unshare', args, { encoding: 'utf8', timeout: 60_000 });
  expect(stdout.trimEnd().split('\n').at(-1)).toBe('true 2');
});

it('goes on where a process was killed while it took a lock over', async () => {
  const path = join(temporaryFolder(), 'lock');
  writeFileSync(path, await deadRecord());
  // What it makes before anything else, and a second one after it.
  for (let killed = 0; killed < 2; killed++) {
    const before = readdirSync(dirname(path));
    const { findHolder, successorOf } = await import(inRepository('setup/lock-file.mjs'));
    writeFileSync(successorOf(path, await findHolder(path)), await deadRecord({ host: hostname(), id: killed }));
    expect(readdirSync(dirname(path))).toHaveLength(before.length + 1);
  }
  writeFileSync(join(dirname(path), '.lock.0123abcd.tmp'), '');
  expect(await takeOver(path)).toMatchObject({ before: { id: 1 } });
});

it('hears that another has taken its lock over, and leaves it to that one; a lock that was removed is made again', async () => {
  const path = join(temporaryFolder(), 'lock');
  const lost: unknown[] = [];
  const onLost: LockOptions['onLost'] = (owner) => void lost.push(owner);
  const { lock } = await tryLock(path, { ...OPTIONS, onLost, heartbeatMs: 1 });
  const mine = readFileSync(path, 'utf8');
  rmSync(path);
  await vi.waitFor(() => expect(readFileSync(path, 'utf8')).toBe(mine), 30_000);
  const other = await deadRecord();
  writeFileSync(path, other);
  await vi.waitFor(() => expect(lost).toEqual([JSON.parse(other)]), 30_000);
  await lock?.release();
  expect(readFileSync(path, 'utf8')).toBe(other);
});

it('gives the lock back when the work fails, and when the process ends without', async () => {
  const path = join(temporaryFolder(), 'lock');
  const failing = withLock(path, silent, () => Promise.reject(new Error('work failed')));
  await expect(failing).rejects.toThrow('work failed');
  expect(existsSync(path)).toBe(false);
  const script = `const { withLock } = await import(${JSON.stringify(MODULE)});
    await withLock(${JSON.stringify(path)}, () => {}, async () => process.exit(3));`;
  expect(spawnSync(process.execPath, ['--input-type=module', '-e', script]).status).toBe(3);
  expect(existsSync(path)).toBe(false);
});

it('is owned by one of the processes that try in one millisecond, also where they take it over', async () => {
  const record = JSON.parse(await deadRecord()) as object;
  const race = { module: MODULE, rounds: 5, processes: 3 };
  expect(await raceForLock(race)).toEqual({ broken: 0, left: [] });
  const leftBehind = (process: number) => JSON.stringify({ ...record, process });
  expect(await raceForLock({ ...race, leftBehind })).toEqual({ broken: 0, left: [] });
});
