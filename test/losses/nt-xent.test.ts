import { describe, expect, it } from 'vitest';
import { ntXent, ntXentChance } from '../../src/losses/nt-xent.ts';
import { gradients } from '../../src/runtime/gradients.ts';
import { fromNested, type NestedNumbers } from '../../src/runtime/host-tensor.ts';
import { runOnce } from '../../src/runtime/run-once.ts';
import type { Tensor } from '../../src/runtime/tf.ts';
import { randomStream } from '../../src/util/rng.ts';
import { expectNear, readVectors } from '../support-tensors.ts';

async function loss(z0: number[][], z1: number[][], temperature: number): Promise<number> {
  const { value } = await runOnce(({ a, b }) => ntXent([a as Tensor, b as Tensor], temperature), { a: z0, b: z1 });
  return value?.data[0] ?? Number.NaN;
}

/** Algorithm 1 of the paper as loops. */
function slowLoss(z0: number[][], z1: number[][], temperature: number): number {
  const rows = [...z0, ...z1].map((row) => row.map((x) => x / Math.hypot(...row)));
  const n = z0.length;
  const similarity = (i: number, j: number): number =>
    (rows[i] ?? []).reduce((sum, x, k) => sum + x * (rows[j]?.[k] ?? 0), 0) / temperature;
  const one = (i: number): number => {
    const positive = i < n ? i + n : i - n;
    let denominator = 0;
    for (let k = 0; k < 2 * n; k++) if (k !== i) denominator += Math.exp(similarity(i, k));
    return -Math.log(Math.exp(similarity(i, positive)) / denominator);
  };
  return rows.reduce((sum, _, i) => sum + one(i), 0) / (2 * n);
}

function randomRows(count: number, width: number, seed: number): number[][] {
  const random = randomStream(seed);
  return Array.from({ length: count }, () => Array.from({ length: width }, () => random.normal()));
}

describe('ntXent', () => {
  it.each([2, 5])('is ln(2n - 1) when all %i pairs coincide, the chance loss', async (n) => {
    const same = Array.from({ length: n }, () => [0.3, -0.4, 1]);
    expect(await loss(same, same, 0.1)).toBeCloseTo(Math.log(2 * n - 1), 5);
    expect(ntXentChance(n)).toBeCloseTo(Math.log(2 * n - 1), 12);
  });

  it('has its closed form for two orthogonal pairs, the positive in the denominator', async () => {
    const z = [
      [1, 0],
      [0, 1],
    ];
    expect(await loss(z, z, 0.5)).toBeCloseTo(Math.log((Math.exp(2) + 2) / Math.exp(2)), 5);
  });

  it.each([0.05, 0.5, 1])("equals the paper's algorithm written as loops at temperature %f", async (temperature) => {
    const [a, b] = [randomRows(7, 5, 1), randomRows(7, 5, 2)];
    expect(await loss(a, b, temperature)).toBeCloseTo(slowLoss(a, b, temperature), 4);
  });

  it('takes further views as further positives, as solo-learn does', async () => {
    const views = [randomRows(4, 5, 1), randomRows(4, 5, 2), randomRows(4, 5, 3)];
    const { value } = await runOnce(({ a, b, c }) => ntXent([a as Tensor, b as Tensor, c as Tensor], 0.3), {
      a: views[0] ?? [],
      b: views[1] ?? [],
      c: views[2] ?? [],
    });
    const rows = views.flat().map((row) => row.map((x) => x / Math.hypot(...row)));
    const exp = (i: number, j: number): number =>
      Math.exp((rows[i] ?? []).reduce((sum, x, k) => sum + x * (rows[j]?.[k] ?? 0), 0) / 0.3);
    const all = rows.map((_, j) => j);
    const each = all.map((i) => {
      const others = all.filter((j) => j !== i);
      const sum = (of: number[]): number => of.reduce((total, j) => total + exp(i, j), 0);
      return -Math.log(sum(others.filter((j) => j % 4 === i % 4)) / sum(others));
    });
    expect(value?.data[0]).toBeCloseTo(each.reduce((a, b) => a + b) / rows.length, 5);
  });

  it('has the chance loss ln((3n - 1) / 2) with three views', async () => {
    const same = Array.from({ length: 4 }, () => [0.3, -0.4, 1]);
    const { value } = await runOnce(({ z }) => ntXent([z as Tensor, z as Tensor, z as Tensor], 0.1), { z: same });
    expect(value?.data[0]).toBeCloseTo(ntXentChance(4, 3), 5);
    expect(ntXentChance(4, 3)).toBeCloseTo(Math.log(11 / 2), 12);
  });

  it('does not change when the views are swapped or the batch is permuted', async () => {
    const [a, b] = [randomRows(6, 4, 3), randomRows(6, 4, 4)];
    const wanted = await loss(a, b, 0.2);
    expect(await loss(b, a, 0.2)).toBeCloseTo(wanted, 5);
    expect(await loss(a.toReversed(), b.toReversed(), 0.2)).toBeCloseTo(wanted, 5);
  });

  it('stays finite at a temperature where exp() of the similarities would overflow', async () => {
    const [a, b] = [randomRows(4, 3, 5), randomRows(4, 3, 6)];
    expect(Number.isFinite(await loss(a, b, 0.005))).toBe(true);
  });

  interface Case {
    temperature: number;
    z0: NestedNumbers;
    z1: NestedNumbers;
    loss: number;
    grad_z0?: NestedNumbers;
    grad_z1?: NestedNumbers;
  }
  it.each(readVectors<{ cases: Case[] }>('ntxent').cases)(
    'equals lightly at temperature $temperature',
    async (vector) => {
      const result = await runOnce(
        ({ z0, z1 }) => {
          const value = ntXent([z0 as Tensor, z1 as Tensor], vector.temperature);
          return { value, ...gradients(value, { z0: z0 as Tensor, z1: z1 as Tensor }) };
        },
        { z0: vector.z0, z1: vector.z1 },
      );
      expectNear(result['value'], fromNested(vector.loss));
      if (vector.grad_z0) expectNear(result['z0'], fromNested(vector.grad_z0));
      if (vector.grad_z1) expectNear(result['z1'], fromNested(vector.grad_z1));
    },
  );
});
