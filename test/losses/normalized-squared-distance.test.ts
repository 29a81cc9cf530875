import { describe, expect, it } from 'vitest';
import { normalizedSquaredDistance } from '../../src/losses/normalized-squared-distance.ts';
import { gradients } from '../../src/runtime/gradients.ts';
import { float32, fromNested, type HostTensor, type NestedNumbers } from '../../src/runtime/host-tensor.ts';
import { runOnce } from '../../src/runtime/run-once.ts';
import { type Tensor, tf } from '../../src/runtime/tf.ts';
import { expectNear, readVectors } from '../support-tensors.ts';

const distance = async (p: number[][], z: number[][]): Promise<number> => {
  const { value } = await runOnce(({ a, b }) => normalizedSquaredDistance(a as Tensor, b as Tensor), { a: p, b: z });
  return value?.data[0] ?? Number.NaN;
};

describe('normalizedSquaredDistance', () => {
  it('is 0 for one direction, 2 for orthogonal ones and 4 for opposite ones, whatever the lengths', async () => {
    expect(await distance([[3, 4]], [[0.6, 0.8]])).toBeCloseTo(0, 5);
    expect(await distance([[5, 0]], [[0, 0.1]])).toBeCloseTo(2, 5);
    expect(await distance([[1, 1]], [[-2, -2]])).toBeCloseTo(4, 5);
  });

  it('is the squared distance of the normalised rows, mean over rows', async () => {
    // Rows (1, 0) and (0.6, 0.8): 0.4^2 + 0.8^2 = 0.8; rows (0, 1) and (0, 1): 0.
    const p = [
      [2, 0],
      [0, 1],
    ];
    const z = [
      [0.6, 0.8],
      [0, 3],
    ];
    expect(await distance(p, z)).toBeCloseTo(0.4, 5);
  });

  interface Case {
    scale: number;
    p0: NestedNumbers;
    p1: NestedNumbers;
    z0: NestedNumbers;
    z1: NestedNumbers;
    loss_2_minus_2cos: number | null;
    grad_p0: NestedNumbers;
    grad_p1: NestedNumbers;
  }
  const cases = readVectors<{ cases: Case[] }>('byol').cases;

  it('is the loss of the paper in one of the vectors', () => {
    expect(cases.some((each) => each.loss_2_minus_2cos !== null)).toBe(true);
  });

  it.each(cases)('both directions added have the loss and gradients of PyTorch at scale $scale', async (vector) => {
    const result = await runOnce(
      ({ p0, p1, z0, z1 }) => {
        const value = tf.add(
          normalizedSquaredDistance(p0 as Tensor, z1 as Tensor),
          normalizedSquaredDistance(p1 as Tensor, z0 as Tensor),
        );
        return { value, ...gradients(value, { p0: p0 as Tensor, p1: p1 as Tensor }) };
      },
      { p0: vector.p0, p1: vector.p1, z0: vector.z0, z1: vector.z1 },
    );
    if (vector.loss_2_minus_2cos !== null) expectNear(result['value'], fromNested(vector.loss_2_minus_2cos));
    // Its gradients are those of 2 (negcos + negcos).
    const scaled = (values: NestedNumbers): HostTensor => {
      const { data, shape } = fromNested(values);
      return float32(
        Array.from(data, (x) => (x * 2) / vector.scale),
        shape,
      );
    };
    expectNear(result['p0'], scaled(vector.grad_p0));
    expectNear(result['p1'], scaled(vector.grad_p1));
  });
});
