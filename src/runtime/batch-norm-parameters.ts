import type { Tensor } from './tf.ts';

/** Scale, shift and running statistics, [channels] each. */
export interface BatchNormParameters {
  readonly weight: Tensor;
  readonly bias: Tensor;
  readonly mean: Tensor;
  readonly variance: Tensor;
}
