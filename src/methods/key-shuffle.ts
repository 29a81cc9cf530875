import { int32 } from '../runtime/host-tensor.ts';
import { operation } from '../runtime/ops.ts';
import { type Tensor, type Tensors, tf } from '../runtime/tf.ts';
import { permutation } from '../util/rng.ts';
import type { Method } from './method.ts';

const ORDER = 'keyOrder';

/** Rows of x in the order of their indices [n]; tfjs's own would read the indices to check them. */
function takeRows(x: Tensor, order: Tensor): Tensor {
  return operation('GatherV2', [x, order, tf.scalar(0, 'int32')]);
}

/** Shuffles images among BatchNorm's groups and brings their keys back into order. */
export interface KeyShuffle {
  readonly inputs: NonNullable<Method['inputs']>;
  before(batches: readonly Tensor[], inputs: Tensors): readonly Tensor[];
  after(keys: readonly Tensor[], inputs: Tensors): readonly Tensor[];
}

/**
 * MoCo's shuffling BatchNorm (He et al., arXiv:1911.05722, section 3.3): a key shares its statistics with other images
 * than its query does, so they give nothing away. A permutation of n for each of `passes`; without `enabled`, nothing
 * happens.
 */
export function createKeyShuffle(enabled: boolean, passes: number): KeyShuffle {
  if (!enabled) return { inputs: () => ({}), before: (batches) => batches, after: (keys) => keys };
  const orderOf = (inputs: Tensors, pass: number): Tensor =>
    tf.squeeze(tf.slice(inputs[ORDER] as Tensor, [pass, 0], [1, -1]), [0]);
  return {
    inputs: (n) => ({
      [ORDER]: {
        spec: { shape: [passes, n], dtype: 'int32' },
        draw: (random) => int32(Array.from({ length: passes }, () => [...permutation(n, random)]).flat(), [passes, n]),
      },
    }),
    before: (batches, inputs) => batches.map((batch, i) => takeRows(batch, orderOf(inputs, i))),
    after: (keys, inputs) => keys.map((key, i) => takeRows(key, operation('InvertPermutation', [orderOf(inputs, i)]))),
  };
}
