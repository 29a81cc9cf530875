import { DataType } from './c-api.ts';
import { cast, elementType } from './ops.ts';
import type { Tensor } from './tf.ts';

/** Arithmetic of a network's convolutions; parameters, statistics, head and loss stay float32. */
export type Precision = 'float32' | 'bfloat16' | 'float16';

/** `x` in the element type of a precision. */
export function castTo(x: Tensor, precision: Precision): Tensor {
  return elementType(x) === DataType[precision] ? x : cast(x, precision);
}
