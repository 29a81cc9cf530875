import { expect, it } from 'vitest';
import { clipByGlobalNorm } from '../../src/optim/clip-gradients.ts';
import { createOptimizer } from '../../src/optim/optimizer.ts';
import type { OptimizerOptions } from '../../src/optim/optimizer-options.ts';
import { fromNested, type NestedNumbers } from '../../src/runtime/host-tensor.ts';
import { runOnce } from '../../src/runtime/run-once.ts';
import { expectNear, readVectors } from '../support-tensors.ts';

interface Case {
  limit: number;
  grads: Record<string, NestedNumbers>;
  norm: number;
  clipped: Record<string, NestedNumbers>;
}

const clip = (gradients: Record<string, NestedNumbers>, limit: number) =>
  runOnce((inputs) => {
    const { gradients: clipped, norm } = clipByGlobalNorm(inputs, limit);
    return { ...clipped, norm };
  }, gradients);

it.each(readVectors<{ cases: Case[] }>('clip_gradients').cases)(
  'equals torch.nn.utils.clip_grad_norm_ with the limit $limit',
  async ({ limit, grads, norm, clipped }) => {
    const got = await clip(grads, limit);
    expectNear(got['norm'], fromNested(norm));
    for (const [name, wanted] of Object.entries(clipped)) expectNear(got[name], fromNested(wanted));
  },
);

it('takes all gradients as one vector', async () => {
  const got = await clip({ a: [3], b: [[4], [12]] }, 6.5);
  expectNear(got['norm'], fromNested(13));
  expectNear(got['a'], fromNested([1.5]));
  expectNear(got['b'], fromNested([[2], [6]]));
});

it('leaves gradients alone below the limit, and at 0', async () => {
  const got = await clip({ a: [3], b: [[4]] }, 5.1);
  expect(got['a']?.data).toEqual(Float32Array.of(3));
  expect(got['norm']?.data).toEqual(Float32Array.of(5));
  expect((await clip({ a: [0, 0] }, 1))['a']?.data).toEqual(Float32Array.of(0, 0));
});

it('is done by an optimizer whose settings have a limit', async () => {
  const shared = { name: 'sgd', momentum: 0, nesterov: false, weightDecay: 0, excludeBiasAndNorm: false } as const;
  const clipped = (options: OptimizerOptions) =>
    runOnce(
      (inputs) => {
        const { gradients, metrics } = createOptimizer(options).clip(inputs);
        return { ...gradients, ...metrics };
      },
      { a: [3, 4] },
    );
  expect(Object.keys(await clipped(shared))).toEqual(['a']);
  const got = await clipped({ ...shared, clipGradientNorm: 1 });
  expectNear(got['a'], fromNested([0.6, 0.8]));
  expectNear(got['gradientNorm'], fromNested(5));
});

it('adds 1e-6 to the norm', async () => {
  const got = await clip({ a: [1e-6] }, 5e-7);
  expect(got['a']?.data[0]).toBeCloseTo(0.25e-6, 11);
});
