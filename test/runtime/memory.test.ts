import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

it('does not grow with runs, nor with programs that are closed', async () => {
  const child = join(import.meta.dirname, 'memory-child.ts');
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', '--import', 'tsx', child]);
  const { steps, programs } = JSON.parse(stdout) as Record<'steps' | 'programs', number>;
  const MiB = 2 ** 20;
  // A step takes 16 KiB in and gives 16 KiB out: 156 MiB each over 10,000 of them. 50 programs hold 100 MiB.
  expect(steps).toBeLessThan(48 * MiB);
  expect(programs).toBeLessThan(48 * MiB);
});
