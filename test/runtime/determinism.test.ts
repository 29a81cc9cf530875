import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { float32 } from '../../src/runtime/host-tensor.ts';
import { castTo } from '../../src/runtime/precision.ts';
import { runOnce } from '../../src/runtime/run-once.ts';
import type { Tensor } from '../../src/runtime/tf.ts';

interface Trained {
  losses: number[];
  digest: string;
  dtypes: string[];
}
type Results = Record<'float32' | 'bfloat16', Trained>;

async function train(): Promise<Results> {
  const child = join(import.meta.dirname, 'train-child.ts');
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', child]);
  return JSON.parse(stdout) as Results;
}

describe('training', () => {
  it('gives bit-identical states in two processes, in both precisions', async () => {
    const [first, second] = await Promise.all([train(), train()]);
    expect(second).toEqual(first);
    const { float32: full, bfloat16: half } = first;
    for (const { losses, dtypes } of [full, half]) {
      expect(losses.every(Number.isFinite)).toBe(true);
      expect(losses.at(-1)).toBeLessThan(losses[0] ?? 0);
      expect(dtypes).toEqual(['float32']);
    }
    // bfloat16 has 8 bits of precision: near, but not equal.
    const [a = 0, b = 0] = [full.losses[0], half.losses[0]];
    expect(a).not.toBe(b);
    expect(Math.abs(a - b) / a).toBeLessThan(0.02);
    expect(full.digest).not.toBe(half.digest);
  });
});

describe('castTo', () => {
  it('rounds to the 8 bits of bfloat16, and leaves float32 alone', async () => {
    const x = [1 + 2 ** -7, 1 + 2 ** -9, 1e38];
    const result = await runOnce(
      ({ x: values }) => ({
        half: castTo(castTo(values as Tensor, 'bfloat16'), 'float32'),
        full: castTo(values as Tensor, 'float32'),
      }),
      { x },
    );
    const [kept, rounded, large = 0] = result['half']?.data ?? [];
    expect([kept, rounded]).toEqual([1 + 2 ** -7, 1]);
    expect(Math.abs(large / 1e38 - 1)).toBeLessThan(2 ** -8);
    expect(result['full']).toEqual(float32(x, [3]));
  });
});
