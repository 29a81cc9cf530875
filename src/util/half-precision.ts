import type { CpuArithmetic } from './cpu-arithmetic.ts';

export type HalfPrecision = 'bfloat16' | 'float16';

/** Instruction sets with which a network trains faster in bfloat16 than in float32. */
const BFLOAT16 = ['AVX-512 BF16', 'AMX BF16'];

/** What a processor must have for TensorFlow 2.21 to give operations in half precision to oneDNN. */
const TENSORFLOW_NEEDS = { bfloat16: 'AVX-512', float16: 'AVX-512 FP16' } as const;

/**
 * Whether products in half precision are worth it on the CPU: bfloat16 where it has instructions for that and oneDNN
 * uses them; float16 nowhere (with AVX-512 FP16 a step took 260 times the time of float32). Elsewhere products are
 * computed in float32. True for bfloat16 on ARM, which was not measured: it is left as it is.
 */
export function multipliesHalf(type: HalfPrecision, { oneDnn, instructionSets }: CpuArithmetic): boolean {
  if (type === 'float16') return false;
  return oneDnn === undefined || (oneDnn && instructionSets.some((name) => BFLOAT16.includes(name)));
}

/**
 * Whether oneDNN refuses half precision that TensorFlow gives it: TensorFlow asks the processor, oneDNN its limit too.
 */
export function refusesHalf(type: HalfPrecision, { oneDnn, instructionSets, processorSets }: CpuArithmetic): boolean {
  const needed = TENSORFLOW_NEEDS[type];
  return oneDnn === true && processorSets.includes(needed) && !instructionSets.includes(needed);
}
