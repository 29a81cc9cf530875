import type { Json } from '../../checkpoint/checkpoint.ts';
import type { Device } from '../../runtime/session.ts';
import { type CpuArithmetic, cpuArithmetic } from '../../util/cpu-arithmetic.ts';

/** How a checkpoint's run computed on the CPU. */
export type Arithmetic = Pick<CpuArithmetic, 'oneDnn' | 'instructionSets'>;

/** How this process computes, if the CPU does. */
export function arithmeticOn(devices: readonly Device[], cpu: CpuArithmetic = cpuArithmetic()): Arithmetic | undefined {
  if (devices.some(({ type }) => type === 'GPU')) return undefined;
  const { oneDnn, instructionSets } = cpu;
  return { ...(oneDnn !== undefined && { oneDnn }), instructionSets };
}

/** What a checkpoint holds of it; undefined for nothing, and for what is no such record. */
export function parseArithmetic(value: Json | undefined): Arithmetic | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const { oneDnn, instructionSets } = value as Readonly<Record<string, Json>>;
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

/**
 * What a user should know when a run goes on with another arithmetic than that of its checkpoint; undefined where it is
 * the same, or unknown.
 */
export function arithmeticChange(before: Arithmetic | undefined, now: Arithmetic | undefined): string | undefined {
  if (before === undefined || now === undefined) return undefined;
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
