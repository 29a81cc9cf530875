import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../util/errors.ts';
import { formatBytes } from '../util/format-bytes.ts';
import { formatCount } from '../util/format-count.ts';
import { limitProblem, readLimits } from '../util/machine.ts';
import { type Finding, fine } from './finding.ts';
import { assertPlatform, describeMachine } from './platform.ts';

const LEAST_MEMORY = 4e9;

/** Node, the system, the cores, the memory, the limits and the huge pages of this machine or container. */
export function inspectMachine(): Finding[] {
  const node = inspectNode(process.versions.node);
  return [node, inspectSystem(), inspectCores(), inspectMemory(), inspectLimits(), inspectHugePages()];
}

function inspectNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return fine('Node', version);
  return { name: 'Node', status: 'broken', found: version, hint: 'Install Node 20.19 or later, such as 22 or 24.' };
}

function inspectSystem(): Finding {
  const machine = describeMachine();
  const library = machine.glibc === undefined ? 'no glibc' : `glibc ${machine.glibc}`;
  const found = `${machine.platform} ${machine.arch}, ${library}`;
  try {
    assertPlatform(machine);
    return fine('System', found);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { name: 'System', status: 'broken', found: `${found}: ${error.message}`, hint: error.hint ?? '' };
  }
}

function inspectCores(): Finding {
  const usable = availableParallelism();
  const model = cpus()[0]?.model.trim() || 'unknown model';
  const found = `${usable} usable of ${cpus().length}, ${model}`;
  const quota = cpuQuota();
  if (quota === undefined || quota >= usable) return fine('Cores', found);
  return {
    name: 'Cores',
    status: 'warning',
    found: `${found}; the container may use ${quota.toFixed(1)} of them`,
    hint: `Threads beyond the quota slow each other down: train with \`threads: ${Math.max(1, Math.floor(quota))}\`.`,
  };
}

/**
 * Cores that the control group may use at a time (cgroup v2 `cpu.max`, v1 `cpu.cfs_quota_us`); undefined without a
 * limit.
 */
function cpuQuota(): number | undefined {
  const own = read('/proc/self/cgroup').match(/^0::(.*)$/m)?.[1] ?? '/';
  const [quota, period] = (read(join('/sys/fs/cgroup', own, 'cpu.max')) || read('/sys/fs/cgroup/cpu.max')).split(' ');
  if (quota !== undefined && quota !== '') return quota === 'max' ? undefined : Number(quota) / Number(period);
  const older = Number(read('/sys/fs/cgroup/cpu/cpu.cfs_quota_us') || -1);
  return older > 0 ? older / Number(read('/sys/fs/cgroup/cpu/cpu.cfs_period_us')) : undefined;
}

function inspectMemory(): Finding {
  const limit = process.constrainedMemory();
  const isLimited = limit > 0 && limit < totalmem();
  const total = isLimited ? limit : totalmem();
  const available = Number(read('/proc/meminfo').match(/^MemAvailable:\s+(\d+) kB/m)?.[1] ?? Number.NaN) * 1024;
  const free = Number.isNaN(available) ? '' : `, ${formatBytes(Math.min(available, total))} available`;
  const found = `${formatBytes(total)}${isLimited ? ' (limit of the container)' : ''}${free}`;
  if (total >= LEAST_MEMORY) return fine('Memory', found);
  return {
    name: 'Memory',
    status: 'warning',
    found,
    hint: 'Train with a small batch: `--dry-run` estimates the memory.',
  };
}

/** What this process may take (`ulimit`, and the container's limits). */
function inspectLimits(): Finding {
  const limits = readLimits();
  const told = (value: number, format: (value: number) => string): string =>
    value === Number.POSITIVE_INFINITY ? 'unlimited' : format(value);
  const found = [
    `open files ${told(limits.openFiles, formatCount)}`,
    `threads ${told(limits.threads, formatCount)}`,
    `address space ${told(limits.addressSpace, formatBytes)}`,
    `size of a file ${told(limits.fileSize, formatBytes)}`,
  ].join(', ');
  const problem = limitProblem({ tensorflow: true }, limits);
  if (problem === undefined) return fine('Limits', found);
  return { name: 'Limits', status: 'broken', found: `${found}: ${problem.message}`, hint: problem.hint };
}

function inspectHugePages(): Finding {
  const mode = read('/sys/kernel/mm/transparent_hugepage/enabled').match(/\[(\w+)\]/)?.[1];
  if (mode === 'always' || mode === 'madvise') return fine('Huge pages', mode);
  return {
    name: 'Huge pages',
    status: 'warning',
    found: mode ?? 'not told by the kernel',
    hint: 'They make bfloat16 training on the CPU about 10 % faster: echo madvise > /sys/kernel/mm/transparent_hugepage/enabled (as root).',
  };
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}
