import type { HostTensor } from '../runtime/host-tensor.ts';
import { operation } from '../runtime/ops.ts';
import type { Tensor } from '../runtime/tf.ts';

/*
 * Programs exchange float32. A float64 crosses unchanged as the two float32 words of its bits: TensorFlow's Bitcast
 * relabels a tensor without copying it, and neither side ever computes with the words.
 */

/** Float64 values of a shape as a float32 tensor [...shape, 2] over the same memory. */
export function float64Bits(values: Float64Array, shape: readonly number[]): HostTensor {
  const data = new Float32Array(values.buffer, values.byteOffset, 2 * values.length);
  return { dtype: 'float32', shape: [...shape, 2], data };
}

/** The float64 values behind the named output of a program. */
export function float64Of(outputs: Readonly<Record<string, HostTensor>>, name: string): Float64Array {
  const tensor = outputs[name];
  if (tensor === undefined) throw new Error(`Expected an output '${name}', got ${Object.keys(outputs).join(', ')}.`);
  const { data } = tensor;
  return new Float64Array(data.buffer as ArrayBuffer, data.byteOffset, data.length / 2);
}

/** In a graph: [...shape, 2] words to float64 [...shape]. */
export function fromBits(words: Tensor): Tensor {
  return operation('Bitcast', [words], { type: 'float64' });
}

/** In a graph: float64 [...shape] to [...shape, 2] words. */
export function toBits(x: Tensor): Tensor {
  return operation('Bitcast', [x], { type: 'float32' });
}
