import { describe, expect, it } from 'vitest';
import { createSampler } from '../../../src/data/loading/sampler.ts';

const batches = (seed: number, epoch: number, fromStep = 0): number[][] =>
  [...createSampler({ count: 23, batchSize: 5, seed }).batchesOf(epoch, fromStep)].map(({ indices }) => [...indices]);

describe('createSampler', () => {
  it('takes each sample at most once an epoch and drops the last incomplete batch', () => {
    const taken = batches(0, 0);
    expect(taken.map((batch) => batch.length)).toEqual([5, 5, 5, 5]);
    expect(new Set(taken.flat()).size).toBe(20);
    expect([...createSampler({ count: 23, batchSize: 5, seed: 0 }).order(0)].sort((a, b) => a - b)).toEqual([
      ...Array(23).keys(),
    ]);
  });

  it('repeats an order for a seed and epoch, and shuffles otherwise', () => {
    expect(batches(1, 2)).toEqual(batches(1, 2));
    const orders = [batches(0, 0), batches(0, 1), batches(1, 0), batches(1, 1)].map(String);
    expect(new Set(orders).size).toBe(4);
  });

  it('goes on in the middle of an epoch with the same batches', () => {
    const all = batches(7, 3);
    for (const step of [0, 1, 3, 4]) expect(batches(7, 3, step)).toEqual(all.slice(step));
    const [first] = createSampler({ count: 23, batchSize: 5, seed: 7 }).batchesOf(3, 2);
    expect([first?.epoch, first?.step]).toEqual([3, 2]);
  });

  it('drops other samples in other epochs', () => {
    const seen = new Set(Array.from({ length: 30 }, (_, epoch) => batches(0, epoch)).flat(2));
    expect(seen.size).toBe(23);
  });

  it('refuses a batch larger than the data', () => {
    expect(() => createSampler({ count: 4, batchSize: 5, seed: 0 })).toThrow(
      expect.objectContaining({ message: 'expected a batch of at most 4 images (all there are), got 5', exitCode: 2 }),
    );
    expect(createSampler({ count: 5, batchSize: 5, seed: 0 }).batchesPerEpoch).toBe(1);
  });

  it('leaves out batches that make no whole step', () => {
    const sampler = createSampler({ count: 31, batchSize: 4, batchesPerStep: 3, seed: 0 });
    expect(sampler.batchesPerEpoch).toBe(6);
    expect([...sampler.batchesOf(0, 3)].map(({ step }) => step)).toEqual([3, 4, 5]);
  });
});
