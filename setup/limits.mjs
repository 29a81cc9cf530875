import { readdirSync, readFileSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';

// What a process may take, and whether a program gets along with it. Asked before anything else is loaded, since what
// meets these limits later ends without a word: Node, V8 and TensorFlow abort. `limits.d.mts` has the types.

/** The kernel's names; Node has raised the soft limit of open files to the hard one by now. */
const NAMES = { openFiles: 'Max open files', addressSpace: 'Max address space', fileSize: 'Max file size' };
const THREADS = 'Max processes';

/** Above so many threads nobody needs to count those that there are, which reads a file for each process. */
const PLENTY = 8192;

/** The limits of this process, Infinity where there is none. */
export function readLimits() {
  const text = read('/proc/self/limits');
  const soft = (name) => {
    const [, value] = new RegExp(`^${name} +(\\d+)`, 'm').exec(text) || [];
    return value === undefined ? Number.POSITIVE_INFINITY : Number(value);
  };
  const limits = Object.fromEntries(Object.entries(NAMES).map(([key, name]) => [key, soft(name)]));
  return { ...limits, threads: Math.min(threadsOfUser(soft(THREADS)), threadsOfGroup()) };
}

/**
 * What programs need, measured on 1 and 2 cores: loading a program opens 120 files at a time, reading images one for
 * each thread; threads are Node's, sharp's and TensorFlow's, 42 with one core and 50 with two, without a margin, as
 * nobody should be refused who might get along; TensorFlow's library takes 0.9 GB of addresses, and
 * each thread up to 0.07 GB.
 */
function neededLimits(cores) {
  return { openFiles: 160 + 12 * cores, threads: 32 + 8 * cores, addressSpace: 5.5e9 + 0.25e9 * cores };
}

/** Addresses that a program takes without TensorFlow. */
const LEAST_ADDRESSES = 1.5e9;

/** What of this process's limits is too little for a program, and what to do about it; undefined where nothing is. */
export function limitProblem({ tensorflow }, limits = readLimits(), cores = availableParallelism()) {
  const needed = neededLimits(cores);
  if (limits.openFiles < needed.openFiles) {
    return problem('open files', needed.openFiles, limits.openFiles, 'ulimit -n 4096');
  }
  if (limits.threads < needed.threads) {
    const instead = 'ulimit -u, or that of the container (pids), or end other programs';
    return problem('threads', needed.threads, limits.threads, instead);
  }
  const addresses = tensorflow ? needed.addressSpace : LEAST_ADDRESSES;
  if (limits.addressSpace < addresses) {
    const gigabytes = (bytes) => `${(bytes / 1e9).toFixed(1)} GB`;
    return problem('address space', gigabytes(addresses), gigabytes(limits.addressSpace), 'ulimit -v unlimited');
  }
  return undefined;
}

function problem(what, needed, found, command) {
  return {
    message: `expected a limit of at least ${needed} of ${what} for this process, got ${found}`,
    hint: `Raise it: ${command}. Batch systems and containers have settings for it.`,
  };
}

/** Threads that this user may start; the superuser has no limit. */
function threadsOfUser(limit) {
  const user = process.getuid ? process.getuid() : 0;
  if (user === 0 || limit > PLENTY) return Number.POSITIVE_INFINITY;
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const own = processes.filter((name) => ownerOf(`/proc/${name}`) === user);
  return own.reduce((left, name) => left - threadsIn(name), limit) + threadsIn('self');
}

function threadsIn(process) {
  const [, threads = 0] = /^Threads:\s+(\d+)/m.exec(read(`/proc/${process}/status`)) || [];
  return Number(threads);
}

function ownerOf(path) {
  const found = statSync(path, { throwIfNoEntry: false });
  return found?.uid;
}

/** Threads that the control group may start; it is the container's own where it has a view of its own. */
function threadsOfGroup() {
  const [, own = '/'] = /^0::(.*)$/m.exec(read('/proc/self/cgroup')) || [];
  for (const folder of [`/sys/fs/cgroup${own}`, '/sys/fs/cgroup', '/sys/fs/cgroup/pids']) {
    const most = Number.parseInt(read(`${folder}/pids.max`), 10);
    if (most >= 0) return most - Number(read(`${folder}/pids.current`)) + threadsIn('self');
  }
  return Number.POSITIVE_INFINITY;
}

function read(path) {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}
