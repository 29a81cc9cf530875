import { describe, expect, it } from 'vitest';
import { initialValues } from '../../src/methods/initial-values.ts';
import { elementCount, float32, type HostTensor } from '../../src/runtime/host-tensor.ts';
import type { StepParts } from '../../src/train/step.ts';
import { normals, scalars, sgd, stepProgram, TINY_OPTIONS, tinyMethod } from '../methods/tiny-methods.ts';
import { expectNear } from '../support-tensors.ts';

const N = 4;
const SHAPE = [N, 8, 8, 3];
const batch = (seed: number): Record<string, HostTensor> => ({ a: normals(SHAPE, seed), b: normals(SHAPE, seed + 50) });
const partsOf = (name: keyof typeof TINY_OPTIONS, batches: number): StepParts => ({
  method: tinyMethod(TINY_OPTIONS[name]),
  optimizer: sgd,
  batches,
});

/** The state after one step of the given batches, the last of which moves the parameters. */
async function stepOf(parts: StepParts, batches: readonly Record<string, HostTensor>[]) {
  const program = await stepProgram(parts, SHAPE);
  // Away from the online network, so that every move of the target shows.
  const others = Object.entries(initialValues(parts.method.variables, 8));
  await program.write(Object.fromEntries(others.filter(([name]) => name.startsWith('target.'))));
  const before = await program.read();
  for (const inputs of batches.slice(0, -1)) await program.run('accumulate', inputs);
  const between = await program.read();
  await program.run('train', { ...(batches.at(-1) ?? {}), ...scalars(0.1, 0.25) });
  const after = await program.read();
  program.close();
  return { before, between, after };
}

const mean = (tensors: readonly (HostTensor | undefined)[]): HostTensor => {
  const [{ shape }] = tensors as [HostTensor];
  const data = Float32Array.from({ length: elementCount(shape) }, (_, i) =>
    tensors.reduce((sum, tensor) => sum + (tensor?.data[i] ?? 0) / tensors.length, 0),
  );
  return float32(data, shape);
};

describe('a step of several batches', () => {
  it('moves by the mean gradient of its batches', async () => {
    const batches = [batch(1), batch(2), batch(3)];
    const { after } = await stepOf(partsOf('simclr', 3), batches);
    // From rest, the first momentum is the gradient with the decay.
    const alone = await Promise.all(batches.map((each) => stepOf(partsOf('simclr', 1), [each])));
    const slots = Object.keys(after).filter((name) => name.startsWith('optimizer.momentum.'));
    expect(slots.length).toBeGreaterThan(5);
    for (const name of slots) expectNear(after[name], mean(alone.map((each) => each.after[name])), 1e-4);
  });

  it('moves statistics with every batch, and everything else once', async () => {
    const { before, between, after } = await stepOf(partsOf('moco', 2), [batch(1), batch(2)]);
    const changed = Object.keys(before).filter((name) =>
      between[name]?.data.some((value, i) => value !== before[name]?.data[i]),
    );
    expect(changed.some((name) => name.endsWith('running_mean'))).toBe(true);
    const others = changed.filter((name) => !/running_(mean|var)$/.test(name) && !name.startsWith('accumulated.'));
    expect(others).toEqual([]);
    // Target network: one move of a quarter of the way, not two.
    const name = 'projector.2.weight';
    const [was, online, target] = [before[`target.${name}`], after[name], after[`target.${name}`]];
    const wanted = was?.data.map((value, i) => value + 0.25 * ((online?.data[i] ?? 0) - value)) as Float32Array;
    expectNear(target, { ...(was as HostTensor), data: wanted });
  });

  it('enqueues the keys of all its batches in order, at its end', async () => {
    const batches = [batch(1), batch(2), batch(3)];
    const { between, before, after } = await stepOf(partsOf('moco', 3), batches);
    expect(between['queue']).toEqual(before['queue']);
    expect(after['queue.position']?.data[0]).toBe(3 * N);
    const width = after['queue']?.shape[1] ?? 0;
    const rows = (state: Record<string, HostTensor>, from: number): number[] =>
      Array.from(state['queue']?.data ?? []).slice(from * width, (from + N) * width);
    for (const [i, each] of batches.entries()) {
      const alone = await stepOf(partsOf('moco', 1), [each]);
      expect(rows(after, i * N)).toEqual(rows(alone.after, 0));
    }
  });

  it('begins the next step from nothing', async () => {
    const { after } = await stepOf(partsOf('simclr', 2), [batch(1), batch(2)]);
    const sums = Object.entries(after).filter(([name]) => name.startsWith('accumulated.gradient.'));
    expect(sums.length).toBeGreaterThan(5);
    for (const [, { data }] of sums) expect(data.every((value) => value === 0)).toBe(true);
  });

  it('adds no negatives: the loss of a batch is that of the batch alone', async () => {
    const program = await stepProgram(partsOf('simclr', 2), SHAPE);
    const { loss } = await program.run('accumulate', batch(1));
    program.close();
    const single = await stepProgram(partsOf('simclr', 1), SHAPE);
    const { loss: alone } = await single.run('train', { ...batch(1), ...scalars(0.1) });
    single.close();
    expect(loss?.data[0]).toBe(alone?.data[0]);
  });
});
