import { UserError } from '../../util/errors.ts';
import { formatPlural } from '../../util/format-count.ts';
import { permutation, randomStream } from '../../util/rng.ts';

/** The samples of one batch. */
export interface BatchOrder {
  readonly epoch: number;
  /** Batch within the epoch, from 0. */
  readonly step: number;
  /** Sample indices, `batchSize` of them. */
  readonly indices: Uint32Array;
}

/** Which samples each batch takes; the same for a seed in every process, so that a resumed run goes on exactly. */
export interface Sampler {
  readonly batchesPerEpoch: number;
  /** All sample indices of an epoch in its order, before those that fill no step are dropped. */
  order(epoch: number): Uint32Array;
  /** The batches of an epoch from one on. */
  batchesOf(epoch: number, from?: number): Generator<BatchOrder, void, undefined>;
}

/** Keeps the stream of orders apart from those of single samples, which have small view numbers there. */
const ORDER_STREAM = 0xffff_ffff;

/**
 * Shuffles anew for each epoch, and drops the batches that make no whole step of `batchesPerStep` (default 1).
 *
 * @throws UserError where a batch is larger than the data.
 */
export function createSampler(options: {
  readonly count: number;
  readonly batchSize: number;
  readonly batchesPerStep?: number | undefined;
  readonly seed: number;
}): Sampler {
  const { count, batchSize, batchesPerStep = 1, seed } = options;
  if (batchSize > count) {
    throw new UserError(
      `expected a batch of at most ${formatPlural(count, 'image')} (all there are), got ${batchSize}`,
      {
        hint: 'Make the batch smaller, or use more images.',
        exitCode: 2,
      },
    );
  }
  const batchesPerEpoch = Math.floor(count / (batchSize * batchesPerStep)) * batchesPerStep;
  const order = (epoch: number): Uint32Array => permutation(count, randomStream(seed, epoch, 0, ORDER_STREAM));
  return {
    batchesPerEpoch,
    order,
    *batchesOf(epoch, from = 0) {
      const shuffled = order(epoch);
      for (let step = from; step < batchesPerEpoch; step++) {
        yield { epoch, step, indices: shuffled.subarray(step * batchSize, (step + 1) * batchSize) };
      }
    },
  };
}
