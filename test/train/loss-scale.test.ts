import { describe, expect, it } from 'vitest';
import { createMethod } from '../../src/methods/create-method.ts';
import { convolution } from '../../src/nn/convolution.ts';
import { pure, sequential } from '../../src/nn/layer.ts';
import { float32, type HostTensor } from '../../src/runtime/host-tensor.ts';
import { tf } from '../../src/runtime/tf.ts';
import type { StepParts } from '../../src/train/step.ts';
import { normals, scalars, sgd, stepProgram, TINY_OPTIONS, tinyMethod } from '../methods/tiny-methods.ts';
import { expectNear } from '../support-tensors.ts';

const SHAPE = [6, 8, 8, 3];
const VIEWS = { a: normals(SHAPE, 1), b: normals(SHAPE, 2) };
const method = tinyMethod(TINY_OPTIONS.byol);
const scaled: StepParts = { method, optimizer: sgd, scalesLoss: true };
const value = (state: Record<string, HostTensor>, name: string): number => state[name]?.data[0] ?? Number.NaN;

describe('a step with a scaled loss', () => {
  it('moves as without: the scale cancels', async () => {
    const [plain, program] = [await stepProgram({ method, optimizer: sgd }, SHAPE), await stepProgram(scaled, SHAPE)];
    const outputs = await program.run('train', { ...VIEWS, ...scalars(0.1, 0.1) });
    expect(value(outputs, 'lossScale')).toBe(65536);
    expect(value(outputs, 'skipped')).toBe(0);
    await plain.run('train', { ...VIEWS, ...scalars(0.1, 0.1) });
    const [wanted, got] = [await plain.read(), await program.read()];
    for (const [name, tensor] of Object.entries(wanted)) expectNear(got[name], tensor, 1e-4);
    expect(value(got, 'lossScale.goodSteps')).toBe(1);
    plain.close();
    program.close();
  });

  it('leaves no trace of a step whose gradients overflow but half the scale', async () => {
    const program = await stepProgram(scaled, SHAPE);
    const before = await program.read();
    const huge = { ...VIEWS.a, data: VIEWS.a.data.map((x) => x * 1e38) as Float32Array };
    const outputs = await program.run('train', { ...VIEWS, a: huge, ...scalars(0.1, 0.1) });
    expect(value(outputs, 'skipped')).toBe(1);
    const after = await program.read();
    const changed = Object.keys(before).filter((name) =>
      after[name]?.data.some((x, i) => !Object.is(x, before[name]?.data[i])),
    );
    expect(changed).toEqual(['lossScale.scale']);
    expect(value(after, 'lossScale.scale')).toBe(32768);
    // And it goes on.
    await program.run('train', { ...VIEWS, ...scalars(0.1, 0.1) });
    expect(value(await program.read(), 'lossScale.goodSteps')).toBe(1);
    program.close();
  });

  it('doubles the scale after 2,000 good steps in a row, and counts again', async () => {
    const program = await stepProgram(scaled, SHAPE);
    await program.write({ 'lossScale.goodSteps': float32([1998], []) });
    await program.run('train', { ...VIEWS, ...scalars(0, 0) });
    expect(value(await program.read(), 'lossScale.scale')).toBe(65536);
    await program.run('train', { ...VIEWS, ...scalars(0, 0) });
    const state = await program.read();
    expect(value(state, 'lossScale.scale')).toBe(131072);
    expect(value(state, 'lossScale.goodSteps')).toBe(0);
    program.close();
  });

  it('adds up the batches of a step of a network that keeps no statistics', async () => {
    const layer = sequential([
      ['conv', convolution({ input: 3, output: 4, kernel: 3, init: 'he-fan-out' })],
      ['', pure((x) => tf.mean(x, [1, 2]))],
    ]);
    const projector = { hidden: 8, layers: 2, batchNorm: false, out: 4 } as const;
    const plain = createMethod(
      { ...TINY_OPTIONS.simclr, projector },
      { backbone: { layer, featureSize: 4 }, precision: 'float32' },
    );
    const program = await stepProgram({ method: plain, optimizer: sgd, scalesLoss: true, batches: 2 }, SHAPE);
    await program.run('accumulate', VIEWS);
    await program.run('train', { ...VIEWS, ...scalars(0.1, 0.1) });
    expect(value(await program.read(), 'lossScale.goodSteps')).toBe(1);
    program.close();
  });
});
