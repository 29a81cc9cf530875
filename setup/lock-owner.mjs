import { randomBytes } from 'node:crypto';
import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';

// Who owns a lock, and whether that process is still there.

/** Milliseconds between two looks at a lock that another holds. */
export const POLL_MS = 250;

/** A file that says nothing of its owner is left behind after so long: one that is being written is whole by then. */
const UNREADABLE_MS = 2_000;

/** What a system does not say of itself. */
const UNKNOWN = 'unknown';

/** This process as the text of a lock, with something random, since it may own several within a millisecond. */
export async function ownRecord() {
  const { host, ...system } = await thisSystem();
  const start = (await processState(process.pid))?.start ?? 'unknown';
  const since = new Date().toISOString();
  const id = randomBytes(8).toString('hex');
  return `${JSON.stringify({ host, process: process.pid, start, since, ...system, id })}\n`;
}

/** The owner that a lock's text names; undefined where it names none. */
export function parseOwner(content) {
  try {
    const owner = JSON.parse(content);
    const texts = [owner.host, owner.start, owner.since, owner.kernel, owner.namespace];
    return Number.isSafeInteger(owner.process) && texts.every((text) => typeof text === 'string') ? owner : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Judges a holder each time it is met: `alive`, `dead`, or `unknown` as yet. The system is asked for a process of its
 * own; any other is watched, and is alive when the time of its lock changes, dead when it was met for `silentMs` and
 * did not. Times of this and of other machines are never compared, and pauses of this process don't count.
 */
export function createJudge(silentMs) {
  let seen = { content: undefined, time: 0, polls: 0 };
  return async ({ content, time, owner }) => {
    const state = owner === undefined ? 'unknown' : await askSystem(owner);
    if (state !== 'unknown') return state;
    if (seen.content !== content) seen = { content, time, polls: 0 };
    if (seen.time !== time) return 'alive';
    return seen.polls++ * POLL_MS > (owner === undefined ? UNREADABLE_MS : silentMs) ? 'dead' : 'unknown';
  };
}

/** Whether an owner's process id means a process that this one can ask for, and stop. */
export async function isOfThisSystem({ host, kernel, namespace }) {
  const here = await thisSystem();
  // Several systems may not say what they are.
  if (here.kernel === UNKNOWN || here.namespace === UNKNOWN) return false;
  return host === here.host && kernel === here.kernel && namespace === here.namespace;
}

async function askSystem(owner) {
  const { process: id, start } = owner;
  if (!(await isOfThisSystem(owner))) return 'unknown';
  const found = await processState(id);
  // A process that was killed stays, as a zombie, until its parent asks for its end, which some never do.
  if (found !== undefined) return found.start === start && !'ZX'.includes(found.state) ? 'alive' : 'dead';
  try {
    // The system may hide processes of other users; signals tell that there is one.
    process.kill(id, 0);
    return 'unknown';
  } catch (error) {
    return error.code === 'ESRCH' ? 'dead' : 'unknown';
  }
}

/** Process ids mean something only within one start of one kernel, and within one namespace (containers). */
async function thisSystem() {
  const kernel = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => UNKNOWN);
  const namespace = await readlink('/proc/self/ns/pid').catch(() => UNKNOWN);
  // A container may see the processes of the system around it, whose ids are others.
  const isOwnProc = (await readlink('/proc/self').catch(() => UNKNOWN)) === String(process.pid);
  return { host: hostname(), kernel: kernel.trim(), namespace: isOwnProc ? namespace : UNKNOWN };
}

/** State and start time (clock ticks since boot) of a process: fields 3 and 22 of its `stat` file (proc(5)). */
async function processState(id) {
  const text = await readFile(`/proc/${id}/stat`, 'utf8').catch(() => undefined);
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ');
  return fields && { state: fields[0], start: fields[19] };
}
