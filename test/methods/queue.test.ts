import { describe, expect, it } from 'vitest';
import { l2Normalize } from '../../src/losses/l2-normalize.ts';
import { initialValues } from '../../src/methods/initial-values.ts';
import { enqueue, queueVariables } from '../../src/methods/queue.ts';
import { float32, fromNested, type HostTensor, type NestedNumbers, toNested } from '../../src/runtime/host-tensor.ts';
import { runOnce } from '../../src/runtime/run-once.ts';
import type { Tensor } from '../../src/runtime/tf.ts';
import { expectNear, readVectors } from '../support-tensors.ts';

async function write(queue: HostTensor, position: number, keys: NestedNumbers) {
  const result = await runOnce(
    (inputs) => {
      const { queue: before, position: at, keys: rows } = inputs as Record<string, Tensor>;
      return enqueue(before as Tensor, at as Tensor, rows as Tensor);
    },
    { queue, position: float32([position], []), keys },
  );
  return { queue: result['queue'] as HostTensor, position: result['position']?.data[0] };
}

describe('enqueue', () => {
  const numbered = (rows: readonly number[]): NestedNumbers => rows.map((row) => [row]);

  it('writes over the oldest rows, and goes round', async () => {
    let state = { queue: fromNested(numbered([-1, -2, -3, -4, -5])), position: 0 as number | undefined };
    state = await write(state.queue, 0, numbered([1, 2]));
    expect(state).toMatchObject({ position: 2 });
    expect(toNested(state.queue)).toEqual(numbered([1, 2, -3, -4, -5]));
    state = await write(state.queue, 2, numbered([3, 4]));
    // The row that doesn't fit at the end goes to the beginning: nothing is dropped.
    state = await write(state.queue, 4, numbered([5, 6]));
    expect(toNested(state.queue)).toEqual(numbered([6, 2, 3, 4, 5]));
    expect(state.position).toBe(1);
  });

  interface Case {
    name: string;
    queue_before: NestedNumbers;
    steps: { k: NestedNumbers; queue_after: NestedNumbers; pointer_after: number }[];
  }
  const dividing = readVectors<{ cases: Case[] }>('moco_infonce').cases.filter(({ name }) => !name.includes('not'));

  it.each(dividing)("equals lightly's queue after every step, wrap-around included: $name", async (vector) => {
    let queue = fromNested(vector.queue_before);
    let position = 0;
    for (const { k, queue_after: after, pointer_after: pointer } of vector.steps) {
      const { keys } = await runOnce(({ k: raw }) => ({ keys: l2Normalize(raw as Tensor) }), { k });
      const written = await write(queue, position, toNested(keys as HostTensor));
      expectNear(written.queue, fromNested(after));
      expect(written.position).toBe(pointer);
      queue = written.queue;
      position = pointer;
    }
    expect(vector.steps.length * (fromNested(vector.steps[0]?.k ?? []).shape[0] ?? 0)).toBeGreaterThan(8);
  });
});

describe('queueVariables', () => {
  it('start as random directions of length 1, at the first row', () => {
    const values = initialValues(queueVariables('queue', 500, 16), 3);
    const rows = toNested(values['queue'] as HostTensor) as number[][];
    for (const row of rows) expect(Math.hypot(...row)).toBeCloseTo(1, 5);
    const mean = rows[0]?.map((_, i) => rows.reduce((sum, row) => sum + (row[i] ?? 0), 0) / rows.length) ?? [];
    // Each coordinate has the deviation 1/4, its mean over 500 rows 0.011.
    for (const value of mean) expect(Math.abs(value)).toBeLessThan(0.06);
    expect([...(values['queue.position']?.data ?? [])]).toEqual([0]);
  });
});
