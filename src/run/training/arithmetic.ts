import type { Json } from '../../checkpoint/checkpoint.ts';
import type { Device } from '../../runtime/session.ts';
import type { SessionOptions } from '../../runtime/session-settings.ts';
import { type CpuArithmetic, cpuArithmetic } from '../../util/cpu-arithmetic.ts';

/** How a run computed on the CPU. */
type OnCpu = Pick<CpuArithmetic, 'oneDnn' | 'instructionSets'>;

/** How a run computed on a GPU. */
interface OnGpu {
  readonly gpu: { readonly tf32: boolean };
}

/** How a checkpoint's run computed. */
export type Arithmetic = OnCpu | OnGpu;

/** How this process computes. */
export function arithmeticOn(
  devices: readonly Device[],
  { gpu }: Pick<SessionOptions, 'gpu'>,
  cpu: CpuArithmetic = cpuArithmetic(),
): Arithmetic {
  if (devices.some(({ type }) => type === 'GPU')) return { gpu: { tf32: gpu?.tf32 ?? true } };
  const { oneDnn, instructionSets } = cpu;
  return { ...(oneDnn !== undefined && { oneDnn }), instructionSets };
}

/** What a checkpoint holds of it; undefined for nothing, and for what is no such record. */
export function parseArithmetic(value: Json | undefined): Arithmetic | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const { oneDnn, instructionSets, gpu } = value as Readonly<Record<string, Json>>;
  if (typeof gpu === 'object' && gpu !== null && 'tf32' in gpu && typeof gpu['tf32'] === 'boolean') {
    return { gpu: { tf32: gpu['tf32'] } };
  }
  if (!Array.isArray(instructionSets) || !instructionSets.every((name) => typeof name === 'string')) return undefined;
  return { oneDnn: typeof oneDnn === 'boolean' ? oneDnn : undefined, instructionSets };
}

const switched = (oneDnn: boolean): string => `with oneDNN ${oneDnn ? 'on' : 'off'}`;

function setsChange(before: readonly string[], now: readonly string[]): string | undefined {
  // Where none was found the system does not tell them.
  if (before.length === 0 || now.length === 0) return undefined;
  const missing = before.filter((name) => !now.includes(name));
  const added = now.filter((name) => !before.includes(name));
  const parts = [
    ...(missing.length > 0 ? [`without ${missing.join(', ')}`] : []),
    ...(added.length > 0 ? [`with ${added.join(', ')} besides`] : []),
  ];
  return parts.length === 0 ? undefined : parts.join(' and ');
}

function gpuChange(before: Arithmetic, now: Arithmetic): string | undefined {
  if ('gpu' in before && 'gpu' in now) {
    const [was, is] = [before.gpu.tf32, now.gpu.tf32].map((tf32) => `${tf32 ? 'with' : 'without'} TensorFloat-32`);
    if (was === is) return undefined;
    return `the run was trained ${was} and goes on ${is}. Results differ from those of an uninterrupted run; gpu.tf32 decides this`;
  }
  const placeOf = (arithmetic: Arithmetic): string => ('gpu' in arithmetic ? 'a GPU' : 'the CPU');
  return `the run was trained on ${placeOf(before)} and goes on on ${placeOf(now)}. Results differ in their last bits from those of an uninterrupted run; \`--device\` decides this`;
}

/**
 * What a user should know when a run goes on with another arithmetic than that of its checkpoint; undefined where it is
 * the same, or unknown.
 */
export function arithmeticChange(before: Arithmetic | undefined, now: Arithmetic | undefined): string | undefined {
  if (before === undefined || now === undefined) return undefined;
  if ('gpu' in before || 'gpu' in now) return gpuChange(before, now);
  const sets = setsChange(before.instructionSets, now.instructionSets);
  const changes = [
    before.oneDnn !== undefined && now.oneDnn !== undefined && before.oneDnn !== now.oneDnn
      ? `the run was trained ${switched(before.oneDnn)} and goes on ${switched(now.oneDnn)}`
      : undefined,
    sets && `the run goes on ${sets}: other instruction sets than it was trained with`,
  ].filter((change) => change !== undefined);
  if (changes.length === 0) return undefined;
  return `${changes.join('; ')}. Results differ in their last bits from those of an uninterrupted run; TF_ENABLE_ONEDNN_OPTS and ONEDNN_MAX_CPU_ISA decide this on one machine`;
}
