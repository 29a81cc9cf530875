import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readLimits } from './machine.ts';

/** Memory that this process may still take. */
export interface AvailableMemory {
  /** Bytes. */
  readonly bytes: number;
  /** What sets the bound, for people. */
  readonly bound: 'of memory' | 'of its container' | 'of addresses (ulimit -v)';
}

const NONE = Number.POSITIVE_INFINITY;

/** The number in a file, or behind a name in it; undefined where there is none, as for `max`. */
function numberIn(path: string, name = ''): number | undefined {
  try {
    const [, digits] = new RegExp(`^${name}\\s*(\\d+)`, 'm').exec(readFileSync(path, 'utf8')) ?? [];
    return digits === undefined ? undefined : Number(digits);
  } catch {
    return undefined;
  }
}

/** What a control group may still take; pages of files that it has read do not count, since they are given back. */
function leftIn(folder: string, [limit, usage, inactive]: readonly [string, string, string]): number {
  const most = numberIn(join(folder, limit));
  if (most === undefined) return NONE;
  const used = numberIn(join(folder, usage)) ?? 0;
  const files = numberIn(join(folder, 'memory.stat'), inactive) ?? 0;
  return Math.max(0, most - Math.max(0, used - files));
}

const V2 = ['memory.max', 'memory.current', 'inactive_file'] as const;
const V1 = ['memory.limit_in_bytes', 'memory.usage_in_bytes', 'total_inactive_file'] as const;

/** A group's folder and all above it, each of which may have a limit of its own. */
function upwards(top: string, own: string): string[] {
  const folders = [top];
  for (let at = own; at !== '/' && at !== '.'; at = dirname(at)) folders.push(join(top, at));
  return folders;
}

/** What the control groups of this process leave it; a container may see its own as the root. */
function leftInGroups(root: string): number {
  let text = '';
  try {
    text = readFileSync(join(root, 'proc/self/cgroup'), 'utf8');
  } catch {
    return NONE;
  }
  const group = (pattern: RegExp): string => pattern.exec(text)?.[1] ?? '/';
  const places = [
    ...upwards(join(root, 'sys/fs/cgroup'), group(/^0::(.*)$/m)).map((folder) => leftIn(folder, V2)),
    ...upwards(join(root, 'sys/fs/cgroup/memory'), group(/^\d+:(?:[^:]*,)?memory(?:,[^:]*)?:(.*)$/m)).map((folder) =>
      leftIn(folder, V1),
    ),
  ];
  return Math.min(...places);
}

/** The memory that there is for this process: of the machine, within its control groups and its limit of addresses. */
export function availableMemory(root = '/', addressSpace = readLimits().addressSpace): AvailableMemory {
  const machine = numberIn(join(root, 'proc/meminfo'), 'MemAvailable:');
  const taken = numberIn(join(root, 'proc/self/status'), 'VmSize:') ?? 0;
  const all: readonly AvailableMemory[] = [
    { bytes: machine === undefined ? NONE : machine * 1024, bound: 'of memory' },
    { bytes: leftInGroups(root), bound: 'of its container' },
    { bytes: Math.max(0, addressSpace - taken * 1024), bound: 'of addresses (ulimit -v)' },
  ];
  return all.reduce((least, each) => (each.bytes < least.bytes ? each : least));
}
