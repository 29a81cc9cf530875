import { expect, test } from 'vitest';
import { availableMemory } from '../../src/util/available-memory.ts';
import { tempFolder, writeFiles } from '../data/temp-files.ts';

const MEMINFO = 'MemTotal:       24000000 kB\nMemFree:         1000000 kB\nMemAvailable:   20000000 kB\n';
const STATUS = 'VmPeak:\t 2000000 kB\nVmSize:\t 1000000 kB\n';

/** A root with these files besides those of a machine with 20.48 GB of memory available. */
function root(files: Readonly<Record<string, string>> = {}): string {
  const folder = tempFolder();
  writeFiles(folder, { 'proc/meminfo': MEMINFO, 'proc/self/status': STATUS, ...files });
  return folder;
}

const left = (files?: Readonly<Record<string, string>>, addresses = Number.POSITIVE_INFINITY): string => {
  const { bytes, bound } = availableMemory(root(files), addresses);
  return `${bytes / 1e6} ${bound}`;
};

test('without limits it is what the kernel calls available', () => {
  expect(left()).toBe('20480 of memory');
  expect(left({ 'proc/self/cgroup': '0::/\n', 'sys/fs/cgroup/memory.max': 'max\n' })).toBe('20480 of memory');
});

test('a control group of version 2 counts, and those above it; pages of files are given back', () => {
  const group = (folder: string, most: string, used: string, files = '0') => ({
    [`sys/fs/cgroup${folder}/memory.max`]: `${most}\n`,
    [`sys/fs/cgroup${folder}/memory.current`]: `${used}\n`,
    [`sys/fs/cgroup${folder}/memory.stat`]: `anon 5\nfile 7\nactive_file 1\ninactive_file ${files}\n`,
  });
  const own = { 'proc/self/cgroup': '0::/a.slice/b.scope\n' };
  expect(left({ ...own, ...group('/a.slice/b.scope', '8000000000', '3000000000') })).toBe('5000 of its container');
  expect(left({ ...own, ...group('/a.slice/b.scope', '8000000000', '3000000000', '2000000000') })).toBe(
    '7000 of its container',
  );
  expect(
    left({
      ...own,
      ...group('/a.slice/b.scope', 'max', '3000000000'),
      ...group('/a.slice', '4000000000', '3000000000'),
    }),
  ).toBe('1000 of its container');
  // A container sees its own group as the root, whatever its name is outside.
  expect(left({ ...own, ...group('', '2000000000', '5') })).toBe('1999.999995 of its container');
  expect(left({ ...own, ...group('', '2000000000', '3000000000') })).toBe('0 of its container');
});

test('so does one of version 1, where no limit is a huge number', () => {
  const own = { 'proc/self/cgroup': '12:cpu,cpuacct:/x\n4:memory:/docker/1\n1:name=systemd:/docker/1\n' };
  const group = (folder: string, most: string) => ({
    [`sys/fs/cgroup/memory${folder}/memory.limit_in_bytes`]: `${most}\n`,
    [`sys/fs/cgroup/memory${folder}/memory.usage_in_bytes`]: '1000000000\n',
    [`sys/fs/cgroup/memory${folder}/memory.stat`]: 'inactive_file 1\ntotal_inactive_file 500000000\n',
  });
  expect(left({ ...own, ...group('/docker/1', '6000000000') })).toBe('5500 of its container');
  expect(left({ ...own, ...group('', '6000000000') })).toBe('5500 of its container');
  expect(left({ ...own, ...group('', '9223372036854771712') })).toBe('20480 of memory');
});

test('a limit of addresses counts, less those that are taken', () => {
  expect(left({}, 9e9)).toBe('7976 of addresses (ulimit -v)');
  expect(left({}, 1e9)).toBe('0 of addresses (ulimit -v)');
});

test('this machine has some', () => {
  expect(availableMemory().bytes).toBeGreaterThan(1e8);
  expect(availableMemory().bytes).toBeLessThan(1e14);
});
