import { describe, expect, it } from 'vitest';
import { batchContrast, queueContrast } from '../../src/losses/info-nce.ts';
import { l2Normalize } from '../../src/losses/l2-normalize.ts';
import { gradients } from '../../src/runtime/gradients.ts';
import { fromNested, type NestedNumbers } from '../../src/runtime/host-tensor.ts';
import { stopGradient } from '../../src/runtime/ops.ts';
import { runOnce } from '../../src/runtime/run-once.ts';
import type { Tensor } from '../../src/runtime/tf.ts';
import { randomStream } from '../../src/util/rng.ts';
import { expectNear, readVectors } from '../support-tensors.ts';

type Rows = number[][];

function unitRows(count: number, width: number, seed: number): Rows {
  const random = randomStream(seed);
  return Array.from({ length: count }, () => {
    const row = Array.from({ length: width }, () => random.normal());
    return row.map((x) => x / Math.hypot(...row));
  });
}

const dot = (a: readonly number[] = [], b: readonly number[] = []): number =>
  a.reduce((sum, x, i) => sum + x * (b[i] ?? 0), 0);

/** Algorithm 1 of MoCo as loops: the positive is logit 0. */
function slowQueueLoss(q: Rows, k: Rows, queue: Rows, temperature: number): number {
  const losses = q.map((row, i) => {
    const logits = [dot(row, k[i]), ...queue.map((key) => dot(row, key))].map((x) => x / temperature);
    return Math.log(logits.reduce((sum, x) => sum + Math.exp(x), 0)) - (logits[0] ?? 0);
  });
  return losses.reduce((a, b) => a + b) / q.length;
}

async function queueLoss(q: Rows, k: Rows, queue: Rows, temperature: number): Promise<number> {
  const { value } = await runOnce(
    ({ q: a, k: b, queue: c }) => queueContrast(a as Tensor, b as Tensor, c as Tensor, temperature),
    { q, k, queue },
  );
  return value?.data[0] ?? Number.NaN;
}

describe('queueContrast', () => {
  it.each([0.07, 0.2, 1])("equals the paper's algorithm written as loops at temperature %f", async (temperature) => {
    const [q, k, queue] = [unitRows(5, 6, 1), unitRows(5, 6, 2), unitRows(11, 6, 3)];
    expect(await queueLoss(q, k, queue, temperature)).toBeCloseTo(slowQueueLoss(q, k, queue, temperature), 4);
  });

  it('is ln(K + 1) when queries, keys and queue coincide, the chance loss', async () => {
    const same = (n: number): Rows => Array.from({ length: n }, () => [0.6, 0.8]);
    expect(await queueLoss(same(3), same(3), same(8), 0.1)).toBeCloseTo(Math.log(9), 5);
  });

  it('goes to 0 at low temperature when query and key are aligned and the queue is random', async () => {
    const q = unitRows(6, 32, 4);
    const queue = unitRows(64, 32, 5);
    const losses = await Promise.all([1, 0.2, 0.05, 0.01].map((temperature) => queueLoss(q, q, queue, temperature)));
    expect(losses).toEqual(losses.toSorted((a, b) => b - a));
    expect(losses.at(-1)).toBeLessThan(1e-6);
  });

  interface Step {
    q: NestedNumbers;
    k: NestedNumbers;
    loss: number;
    grad_q: NestedNumbers;
  }
  interface Case {
    name: string;
    temperature: number;
    queue_before: NestedNumbers;
    steps: (Step & { queue_after: NestedNumbers })[];
  }
  it.each(readVectors<{ cases: Case[] }>('moco_infonce').cases)('equals lightly where the $name', async (vector) => {
    let queue = vector.queue_before;
    for (const step of vector.steps) {
      const result = await runOnce(
        ({ q, k, queue: negatives }) => {
          const keys = stopGradient(l2Normalize(k as Tensor));
          const value = queueContrast(l2Normalize(q as Tensor), keys, negatives as Tensor, vector.temperature);
          return { value, ...gradients(value, { q: q as Tensor }) };
        },
        { q: step.q, k: step.k, queue },
      );
      expectNear(result['value'], fromNested(step.loss));
      expectNear(result['q'], fromNested(step.grad_q));
      queue = step.queue_after;
    }
  });
});

describe('batchContrast', () => {
  const loss = async (q: Rows, k: Rows, temperature: number): Promise<number> => {
    const { value } = await runOnce(({ a, b }) => batchContrast(a as Tensor, b as Tensor, temperature), {
      a: q,
      b: k,
    });
    return value?.data[0] ?? Number.NaN;
  };

  it('tells each query from all keys of the batch, its own in the denominator and none masked', async () => {
    const [q, k] = [unitRows(5, 6, 6), unitRows(5, 6, 7)];
    const others = (i: number): Rows => k.filter((_, j) => j !== i);
    const wanted = q.map((row, i) => slowQueueLoss([row], [k[i] ?? []], others(i), 0.2)).reduce((a, b) => a + b) / 5;
    expect(await loss(q, k, 0.2)).toBeCloseTo(wanted, 5);
  });

  it('is ln(n) when all embeddings are equal', async () => {
    const same = Array.from({ length: 7 }, () => [0.6, 0.8]);
    expect(await loss(same, same, 0.2)).toBeCloseTo(Math.log(7), 5);
  });
});
