/** Instruction sets that both sides can be held to. */
export const HELD_TO = ['avx2'] as const;
export type HeldTo = (typeof HELD_TO)[number];

/**
 * The environment in which this tool and PyTorch use no newer instruction sets than these.
 *
 * Each library reads its own: oneDNN (in TensorFlow and in PyTorch), XLA, PyTorch's kernels and Inductor's vectors,
 * MKL's products, and the compiler that Inductor calls, which takes what the processor has otherwise.
 */
export function heldTo(isa: HeldTo | undefined, given: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  if (isa === undefined) return given;
  return {
    ...given,
    ONEDNN_MAX_CPU_ISA: 'AVX2',
    XLA_FLAGS: [given['XLA_FLAGS'], '--xla_cpu_max_isa=AVX2'].filter(Boolean).join(' '),
    ATEN_CPU_CAPABILITY: 'avx2',
    MKL_ENABLE_INSTRUCTIONS: 'AVX2',
    TORCHINDUCTOR_CPP_MARCH: 'x86-64-v3',
  };
}
