import { expect, test } from 'vitest';
import { memoryWarnings } from '../../../../src/run/plan/checks/check-memory.ts';
import type { CpuArithmetic } from '../../../../src/util/cpu-arithmetic.ts';
import { load } from '../../../config/problems.ts';

const plain: CpuArithmetic = { oneDnn: true, limit: undefined, instructionSets: ['AVX2'], processorSets: ['AVX2'] };
const amx: CpuArithmetic = { ...plain, instructionSets: ['AMX BF16'], processorSets: ['AMX BF16'] };

/** What is said of a run that takes 1 GB of state, 32 GB of activations and some images where there are 25 GB. */
function warning(method: string, cpu: CpuArithmetic | undefined, bytes = 25e9, images = 1e9): string {
  const config = load(`data: {path: x}\nmethod: {${method}}\nschedule: {batchSize: 512}\n`);
  const needed = { state: 1e9, activations: 32e9, images };
  return memoryWarnings({ config, needed, available: { bytes, bound: 'of memory' }, cpu }).join('\n');
}

test('a run that needs more memory than there is names both, and a batch that fits', () => {
  expect(warning('name: simclr', plain)).toMatchInlineSnapshot(
    `"memory: about 34.0 GB asked (state 1.00 GB, activations 32.0 GB, images 1.00 GB), and there are 25.0 GB of memory: such a run is likely to be ended by the system; --batch-size 256 takes about 18.0 GB"`,
  );
  expect(warning('name: simclr', plain, 34.1e9)).toBe('');
});

test('where the CPU multiplies bfloat16, that is offered too as far as it fits', () => {
  expect(warning('name: simclr', amx)).toContain('--set precision=bfloat16 takes about 18.0 GB');
  expect(warning('name: simclr', amx, 18e9)).not.toContain('bfloat16');
});

test('the batch that is named can be divided into the groups of MoCo', () => {
  const moco = (groups: number): string =>
    warning(`name: moco, queueSize: 4096, batchNormGroups: ${groups}`, plain, 8e9);
  expect(moco(8)).toContain('--batch-size 64');
  expect(moco(64)).not.toContain('--batch-size');
});

test('where images fill the memory it is they that must be fewer; on a GPU only they are on the host', () => {
  expect(warning('name: simclr', plain, 25e9, 40e9)).toContain('--set data.memoryBudget=');
  expect(warning('name: simclr', undefined)).toBe('');
  expect(warning('name: simclr', undefined, 25e9, 40e9)).toContain('about 40.0 GB asked (images 40.0 GB)');
});
