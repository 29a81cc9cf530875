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

/** Why products in bfloat16 are not worth it on a CPU that {@link multipliesHalf} denies. */
function whyNot({ oneDnn, limit, processorSets }: CpuArithmetic): string {
  const has = processorSets.some((name) => BFLOAT16.includes(name));
  if (!has) return 'this CPU has no instructions for it (AVX-512 BF16 or AMX BF16)';
  return oneDnn ? `ONEDNN_MAX_CPU_ISA=${limit} hides the instructions for it` : 'oneDNN, which has them, is off';
}

/** What half precision costs on a CPU, as measured (docs/training.md), and why; undefined where it pays. */
export function halfPrecisionCost(type: HalfPrecision, cpu: CpuArithmetic): string | undefined {
  if (multipliesHalf(type, cpu)) return undefined;
  const why = type === 'float16' ? 'TensorFlow has no fast float16 for any CPU' : whyNot(cpu);
  const times = type === 'float16' ? '1.3 to 1.5' : '1.2 to 1.3';
  return `${type} takes ${times} times as long as float32, for a quarter less memory: ${why}`;
}
