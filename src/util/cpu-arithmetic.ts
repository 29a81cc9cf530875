import { findInstructionSets } from './instruction-sets.ts';

/** What decides how a processor computes, and so the last bits of a result. */
export interface CpuArithmetic {
  /** Whether TensorFlow computes with oneDNN; undefined where it decides by itself (ARM). */
  readonly oneDnn?: boolean | undefined;
  /** The instruction sets that may be used: those of the processor, within the limit. */
  readonly instructionSets: readonly string[];
  /** Those of the processor. */
  readonly processorSets: readonly string[];
  /** `ONEDNN_MAX_CPU_ISA`, where it is set to a limit. */
  readonly limit?: string | undefined;
}

const ON = ['1', 'true'];
const OFF = ['0', 'false'];

/** Any of these has TensorFlow 2.21 use oneDNN by itself (`IsMKLEnabled`). */
const ONEDNN_BY_ITSELF = ['AVX-512 VNNI', 'AVX-512 BF16', 'AVX-VNNI', 'AMX INT8', 'AMX BF16'];

/**
 * Turns oneDNN on where the processor alone would not: without AVX-512 VNNI TensorFlow leaves it off, and a step takes
 * twice the time on AVX2. Nothing on ARM, where that was not measured.
 */
export function oneDnnDefaults(arch: string = process.arch): Readonly<Record<string, string>> {
  return arch === 'x64' ? { TF_ENABLE_ONEDNN_OPTS: '1' } : {};
}

const AVX2 = ['AVX', 'AVX2'];
const AVX512 = [...AVX2, 'AVX-512'];
const VNNI = [...AVX512, 'AVX-512 VNNI'];
const BF16 = [...VNNI, 'AVX-512 BF16'];
const FP16 = [...BF16, 'AVX-512 FP16', 'AVX-VNNI'];
const AMX = [...FP16, 'AMX INT8', 'AMX BF16'];

/** What oneDNN may use under values of `ONEDNN_MAX_CPU_ISA`; `DEFAULT`, and what it does not know, limit nothing. */
const LIMITS: Readonly<Record<string, readonly string[]>> = {
  SSE41: [],
  AVX: ['AVX'],
  AVX2,
  AVX2_VNNI: [...AVX2, 'AVX-VNNI'],
  AVX2_VNNI_2: [...AVX2, 'AVX-VNNI', 'AVX-NE-CONVERT'],
  AVX512_CORE: AVX512,
  AVX512_CORE_VNNI: VNNI,
  AVX512_CORE_BF16: BF16,
  AVX512_CORE_FP16: FP16,
  AVX10_1_512: FP16,
  AVX512_CORE_AMX: AMX,
  AVX10_1_512_AMX: AMX,
  AVX512_CORE_AMX_FP16: [...AMX, 'AMX FP16'],
  AVX10_1_512_AMX_FP16: [...AMX, 'AMX FP16'],
};

/** How this process computes on the CPU, or one with another environment, or a machine whose files lie under `root`. */
export function cpuArithmetic(
  environment: NodeJS.ProcessEnv = process.env,
  root = '/',
  arch: string = process.arch,
): CpuArithmetic {
  const found = findInstructionSets(root);
  const all = { instructionSets: found, processorSets: found };
  if (arch !== 'x64') return all;
  const switched = { ...oneDnnDefaults(arch), ...environment }['TF_ENABLE_ONEDNN_OPTS']?.toLowerCase() ?? '';
  const byItself = found.some((name) => ONEDNN_BY_ITSELF.includes(name));
  const oneDnn = ON.includes(switched) || (byItself && !OFF.includes(switched));
  const name = (environment['ONEDNN_MAX_CPU_ISA'] ?? environment['DNNL_MAX_CPU_ISA'])?.toUpperCase() ?? '';
  const allowed = oneDnn ? LIMITS[name] : undefined;
  if (allowed === undefined) return { oneDnn, ...all };
  return { ...all, oneDnn, instructionSets: found.filter((set) => allowed.includes(set)), limit: name };
}
