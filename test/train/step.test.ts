import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOptimizer } from '../../src/optim/optimizer.ts';
import type { HostTensor } from '../../src/runtime/host-tensor.ts';
import type { Program } from '../../src/runtime/program.ts';
import type { Tensor } from '../../src/runtime/tf.ts';
import { parameterNames, trainStep } from '../../src/train/step.ts';
import {
  initialState,
  normals,
  scalars,
  sgd,
  stepProgram,
  tinySimclr,
  trainingProgram,
} from '../methods/tiny-methods.ts';

const SHAPE = [6, 8, 8, 3];
const method = tinySimclr(4);
const parts = { method, optimizer: sgd };
const inputs = { a: normals(SHAPE, 1), b: normals(SHAPE, 2) };
const step = (rate: number) => ({ ...inputs, ...scalars(rate) });
const isEqual = (a?: HostTensor, b?: HostTensor): boolean =>
  a?.data.length === b?.data.length && (a?.data.every((value, i) => Object.is(value, b?.data[i])) ?? false);

let program: Program;
beforeAll(async () => {
  program = await trainingProgram(method, SHAPE);
});
afterAll(() => program.close());

/** Names of what a step at this rate changes, from the initial state. */
async function moved(rate: number): Promise<string[]> {
  const before = initialState(parts, 6);
  await program.write(before);
  await program.run('train', step(rate));
  const after = await program.read();
  expect(Object.keys(after)).toEqual(Object.keys(before));
  return Object.keys(after).filter((name) => !isEqual(before[name], after[name]));
}

const ofKind = (kind: string): string[] =>
  Object.keys(method.variables).filter((name) => method.variables[name]?.kind === kind);

describe('trainStep', () => {
  it('moves every parameter, slot and buffer', async () => {
    const names = await moved(0.1);
    expect(names.sort()).toEqual(Object.keys(initialState(parts, 6)).sort());
    const prefixes = names.map((name) => name.split('.')[0]);
    expect([...new Set(prefixes)]).toEqual(['backbone', 'optimizer', 'projector']);
  });

  it('moves slots and buffers alone at the learning rate 0', async () => {
    const slots = parameterNames(method).map((name) => `optimizer.momentum.${name}`);
    const still = new Set(await moved(0));
    expect([...still].sort()).toEqual([...slots, ...ofKind('buffer')].sort());
  });

  it('moves against the gradient: a small step lowers the loss as far as the gradient says', async () => {
    const rate = 1e-3;
    await program.write(initialState(parts, 6));
    const { loss: before } = await program.run('train', step(rate));
    const { loss: after } = await program.run('train', step(0));
    const slots = Object.entries(await program.read()).filter(([name]) => name.startsWith('optimizer.'));
    expect(slots.length).toBeGreaterThan(0);
    // With weight decay this small, the first step's momentum is the gradient; the second adds 0.9 of the first.
    const square = slots.reduce((sum, [, { data }]) => sum + [...data].reduce((s, x) => s + (x / 1.9) ** 2, 0), 0);
    const fall = (before?.data[0] ?? 0) - (after?.data[0] ?? 0);
    expect(fall / (rate * square)).toBeGreaterThan(0.8);
    expect(fall / (rate * square)).toBeLessThan(1.2);
  });

  it('gives the loss and what the method watches', async () => {
    const outputs = await program.run('train', step(0.1));
    expect(Object.keys(outputs).sort()).toEqual(['embeddingStd', 'loss']);
    for (const { shape } of Object.values(outputs)) expect(shape).toEqual([]);
  });

  it('clips gradients before the optimizer, and tells their norm', async () => {
    const options = { name: 'sgd', momentum: 0.9, nesterov: false, weightDecay: 0, excludeBiasAndNorm: true } as const;
    const clipping = { method, optimizer: createOptimizer({ ...options, clipGradientNorm: 0.01 }) };
    const clipped = await stepProgram(clipping, SHAPE);
    const { gradientNorm } = await clipped.run('train', step(0.1));
    // The first step's momentum is the gradient.
    const gradients = Object.entries(await clipped.read()).filter(([name]) => name.startsWith('optimizer.'));
    clipped.close();
    const norm = Math.hypot(...gradients.flatMap(([, { data }]) => [...data]));
    expect(gradientNorm?.data[0]).toBeGreaterThan(0.1);
    expect(norm).toBeCloseTo(0.01, 5);
  });

  it('names a tensor that the state lacks', () => {
    const nothing = {} as Tensor;
    expect(() =>
      trainStep(
        { ...parts, method: { ...method, forward: (lookup) => lookup('backbone.w') as never } },
        {},
        { views: [nothing, nothing] },
        { learningRate: nothing, emaStep: nothing },
      ),
    ).toThrow("The state has no tensor 'backbone.w'.");
  });
});

describe('parameterNames', () => {
  it('are the variables that gradients move', () => {
    expect(parameterNames(method)).toEqual(ofKind('parameter'));
    expect(parameterNames(method)).toContain('projector.3.bias');
    expect(parameterNames(method)).not.toContain('backbone.bn1.running_mean');
  });
});
