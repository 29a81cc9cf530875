import { UserError } from '../../util/errors.ts';
import { permutation, randomStream } from '../../util/rng.ts';

/** The samples of one step. */
export interface BatchOrder {
  readonly epoch: number;
  /** Step within the epoch, from 0. */
  readonly step: number;
  /** Sample indices, `batchSize` of them. */
  readonly indices: Uint32Array;
}

/** Which samples each step takes; the same for a seed in every process, so that a resumed run goes on exactly. */
export interface Sampler {
  readonly stepsPerEpoch: number;
  /** All sample indices of an epoch in its order, before the last incomplete batch is dropped. */
  order(epoch: number): Uint32Array;
  /** The batches of an epoch from a step on. */
  batchesOf(epoch: number, fromStep?: number): Generator<BatchOrder, void, undefined>;
}

/** Keeps the stream of orders apart from those of single samples, which have small view numbers there. */
const ORDER_STREAM = 0xffff_ffff;

/**
 * Shuffles anew for each epoch, and drops the last incomplete batch.
 *
 * @throws UserError where a batch is larger than the data.
 */
export function createSampler(options: { count: number; batchSize: number; seed: number }): Sampler {
  const { count, batchSize, seed } = options;
  if (batchSize > count) {
    throw new UserError(`expected a batch of at most ${count} images (all there are), got ${batchSize}`, {
      hint: 'Make the batch smaller, or use more images.',
      exitCode: 2,
    });
  }
  const stepsPerEpoch = Math.floor(count / batchSize);
  const order = (epoch: number): Uint32Array => permutation(count, randomStream(seed, epoch, 0, ORDER_STREAM));
  return {
    stepsPerEpoch,
    order,
    *batchesOf(epoch, fromStep = 0) {
      const shuffled = order(epoch);
      for (let step = fromStep; step < stepsPerEpoch; step++) {
        yield { epoch, step, indices: shuffled.subarray(step * batchSize, (step + 1) * batchSize) };
      }
    },
  };
}
