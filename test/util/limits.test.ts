import { expect, it } from 'vitest';
import { limitProblem, readLimits } from '../../src/util/machine.ts';

const NONE = { openFiles: Infinity, threads: Infinity, addressSpace: Infinity, fileSize: Infinity };

it('finds enough of everything here, and reads what there is', () => {
  const limits = readLimits();
  expect(limitProblem({ tensorflow: true }, limits)).toBeUndefined();
  expect(limits.openFiles).toBeGreaterThan(100);
  expect(limits.threads).toBeGreaterThan(0);
});

it('says what is too little for the cores, and how to raise it', () => {
  const told = (limits: Partial<typeof NONE>, cores: number, tensorflow = true) => {
    const { message, hint } = limitProblem({ tensorflow }, { ...NONE, ...limits }, cores) ?? {};
    return message && `${message} | ${hint}`;
  };
  expect(told({ openFiles: 64 }, 2)).toMatch(/at least 184 of open files for this process, got 64 \| .*ulimit -n/);
  expect(told({ threads: 40 }, 2)).toMatch(/at least 48 of threads .* got 40 \| .*ulimit -u.*container/);
  expect(told({ addressSpace: 4e9 }, 4)).toMatch(/at least 6\.5 GB of address space .* got 4\.0 GB \| .*ulimit -v/);
  expect(told({ addressSpace: 4e9 }, 4, false)).toBeUndefined();
  expect(told({ openFiles: 1024 }, 64)).toBeUndefined();
  expect(told({ fileSize: 0 }, 2)).toBeUndefined();
});
