import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runtimeEnvironment } from '../../src/cli/relaunch.ts';
import { oneDnnDefaults } from '../../src/util/cpu-arithmetic.ts';

const CHILD = ['--import', 'tsx', join(import.meta.dirname, 'relaunch-child.ts')];
const CLEAN = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(UV|GLIBC|MALLOC|TF)_/.test(name)));

it('starts the command again once: same process, arguments, input and exit code, another environment', () => {
  const args = ['a b', '--set', "x='ü'", ''];
  const child = spawnSync(process.execPath, [...CHILD, ...args], { input: 'some input', encoding: 'utf8', env: CLEAN });
  expect(child.status).toBe(7);
  const report = JSON.parse(child.stdout) as Record<string, unknown>;
  expect(child.stderr).toBe(`${child.pid}\n`.repeat(2));
  expect(report).toEqual({
    pid: child.pid,
    parent: process.pid,
    arguments: args,
    stdin: 'some input',
    isTTY: false,
    environment: {
      UV_THREADPOOL_SIZE: String(2 * availableParallelism() + 8),
      GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1',
      MALLOC_MMAP_THRESHOLD_: '1073741824',
      MALLOC_TRIM_THRESHOLD_: '17179869184',
      TF_CPP_MIN_LOG_LEVEL: '2',
      ...oneDnnDefaults(),
      TF_FORCE_GPU_ALLOW_GROWTH: 'true',
    },
  });
});

it('keeps the terminal', () => {
  const code = 'import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))';
  const command = [process.execPath, ...CHILD];
  const child = spawnSync('python3', ['-c', code, ...command], { input: '\u0004', encoding: 'utf8', env: CLEAN });
  expect(child.status).toBe(7);
  expect(child.stdout).toContain('"isTTY":true');
});

it('leaves what the user has set', () => {
  const given = {
    UV_THREADPOOL_SIZE: '4',
    GLIBC_TUNABLES: 'glibc.malloc.arena_max=1',
    TF_CPP_MIN_LOG_LEVEL: '0',
    TF_ENABLE_ONEDNN_OPTS: '0',
    A: 'b',
  };
  const environment = runtimeEnvironment(given);
  expect(environment).toMatchObject({ ...given, GLIBC_TUNABLES: 'glibc.malloc.arena_max=1:glibc.malloc.hugetlb=1' });
  const off = { GLIBC_TUNABLES: 'glibc.malloc.hugetlb=0' };
  expect(runtimeEnvironment(off)).toMatchObject(off);
});
