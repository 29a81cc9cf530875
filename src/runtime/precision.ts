import { DataType } from './c-api.ts';
import { cast } from './ops.ts';
import { currentGraph, outputOf, type Tensor } from './tf.ts';

/** Arithmetic of a network's convolutions; parameters, statistics, head and loss stay float32. */
export type Precision = 'float32' | 'bfloat16';

/** The element type of a tensor in the graph, which tfjs may not know. */
function typeOf(x: Tensor): number {
  return currentGraph().info(outputOf(x)).type;
}

/** `x` in the element type of `like`. */
export function castLike(x: Tensor, like: Tensor): Tensor {
  const type = typeOf(like);
  if (typeOf(x) === type) return x;
  return cast(x, type === DataType.bfloat16 ? 'bfloat16' : 'float32');
}

/** `x` in the element type of a precision. */
export function castTo(x: Tensor, precision: Precision): Tensor {
  return typeOf(x) === DataType[precision] ? x : cast(x, precision);
}
