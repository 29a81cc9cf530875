import { readFileSync, rmSync } from 'node:fs';
import { rename, rm, utimes } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { createFile, findHolder, readRecord, successorOf, sweep } from './lock-file.mjs';
import { createJudge, isOfThisSystem, ownRecord, POLL_MS } from './lock-owner.mjs';

// Locks by files: of a run's folder, of a table of features, of TensorFlow's folder, and of this clone while it is set
// up, which is why this is plain JavaScript. `lock.d.mts` has the types; the tool takes it from src/util/lock.ts.
//
// A lock is a file that says who owns it. It is made by a hard link, which is exclusive on network disks as well, and
// renewed every HEARTBEAT_MS. A lock whose owner is gone is never removed by others: of two that saw it, the slower
// would remove what the faster has just made. Who owns it next is decided by another exclusive file, whose name follows
// from what the lock says (`successorOf`), and which is then moved over the lock.

const HEARTBEAT_MS = 10_000;

/** Milliseconds without a renewal after which a lock counts as left behind whose owner can't be checked otherwise. */
export const SILENT_MS = 120_000;

/** Owns the lock while `work` runs, and waits for it before; `onWait` hears once for whom. */
export async function withLock(path, onWait, work) {
  const mine = await ownRecord();
  const judge = createJudge(SILENT_MS);
  for (let told = false; ; await sleep(POLL_MS)) {
    const { holder } = await attempt(path, mine, judge);
    if (holder === undefined) break;
    if (told || holder.owner === undefined) continue;
    onWait(`process ${holder.owner.process} on ${holder.owner.host}`);
    told = true;
  }
  const lock = keep(path, mine, {});
  try {
    return await work();
  } finally {
    await lock.release();
  }
}

/** Owns the lock, or tells who does. An owner that can't be checked is watched first, which `onWatch` hears of. */
export async function tryLock(path, options) {
  const mine = await ownRecord();
  const judge = createJudge(options.silentMs ?? SILENT_MS);
  for (let told = false; ; await sleep(POLL_MS, undefined, { signal: options.signal })) {
    const { holder, state, before } = await attempt(path, mine, judge);
    if (holder === undefined) return { lock: keep(path, mine, options), before };
    if (state === 'alive') {
      const { owner } = holder;
      return { owner, isHere: owner !== undefined && (await isOfThisSystem(owner)) };
    }
    if (told || holder.owner === undefined) continue;
    options.onWatch(holder.owner);
    told = true;
  }
}

/** Takes the lock if it is free or left behind; else says who holds it. */
async function attempt(path, mine, judge) {
  for (;;) {
    const holder = await findHolder(path);
    if (holder === undefined) {
      if (!(await createFile(path, path, mine))) continue;
      await sweep(path, mine);
      return {};
    }
    const state = await judge(holder);
    if (state !== 'dead') return { holder, state };
    if (await takeOver(path, holder, mine)) return { before: holder.owner };
  }
}

async function takeOver(path, holder, mine) {
  const claim = successorOf(path, holder);
  if (!(await createFile(path, claim, mine))) return false;
  // Another may have succeeded since the holder was read, and have moved its claim over the lock.
  const last = await findHolder(path);
  if (last?.place !== claim || last.content !== mine) {
    await rm(claim, { force: true });
    return false;
  }
  await rename(claim, path);
  await sweep(path, mine);
  return true;
}

/** Renews a lock until it is given back, which a process that ends does too, unless it is killed. */
function keep(path, mine, { onLost = () => {}, heartbeatMs = HEARTBEAT_MS }) {
  let isKept = true;
  const beat = async () => {
    const found = await readRecord(path);
    if (found?.content === mine) return utimes(path, new Date(), new Date());
    // Whoever removes the lock of a process at work does not stop it.
    if (!isKept || (found === undefined && (await createFile(path, path, mine)))) return;
    isKept = false;
    clearInterval(heartbeat);
    setImmediate(onLost, found?.owner);
  };
  let beating = Promise.resolve();
  const heartbeat = setInterval(() => {
    // A disk that does not answer now may do so at the next beat.
    beating = beating.then(() => beat().catch(() => {}));
  }, heartbeatMs);
  heartbeat.unref();
  const onExit = () => {
    try {
      if (readFileSync(path, 'utf8') === mine) rmSync(path);
    } catch {
      // It counts as left behind, as after a kill.
    }
  };
  process.on('exit', onExit);
  return {
    async release() {
      isKept = false;
      clearInterval(heartbeat);
      process.off('exit', onExit);
      await beating;
      if ((await readRecord(path))?.content === mine) await rm(path, { force: true });
    },
  };
}
