import { type CpuArithmetic, cpuArithmetic } from '../util/cpu-arithmetic.ts';
import { type HalfPrecision, multipliesHalf, refusesHalf } from '../util/half-precision.ts';
import { DataType } from './c-api.ts';
import { currentGraph, outputOf, type Tensor } from './tf.ts';

let found: CpuArithmetic | undefined;

/** Asked once, as oneDNN asks. */
function cpu(): CpuArithmetic {
  found ??= cpuArithmetic();
  return found;
}

/** The type of x if that is a half precision and the graph is for the CPU. */
function halfOnCpu(x: Tensor): HalfPrecision | undefined {
  const graph = currentGraph();
  if (graph.target !== 'cpu') return undefined;
  const { type } = graph.info(outputOf(x));
  if (type === DataType.bfloat16) return 'bfloat16';
  return type === DataType.float16 ? 'float16' : undefined;
}

/**
 * Whether products of tensors of x's type are computed in float32: in half precision on a CPU that does not multiply
 * it well, where that takes 3 to 11 times as long (260 with AVX-512 FP16).
 *
 * The factors are rounded before and the product after, so that the numbers are those of hardware for half precision,
 * which adds in float32; what is kept for the backward pass stays half as large.
 */
export function isWidened(x: Tensor): boolean {
  const type = halfOnCpu(x);
  return type !== undefined && !multipliesHalf(type, cpu());
}

/** Whether any operation of oneDNN's on x fails, because it may not use what TensorFlow sees in the processor. */
export function isRefused(x: Tensor): boolean {
  const type = halfOnCpu(x);
  return type !== undefined && refusesHalf(type, cpu());
}
