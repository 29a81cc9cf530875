import { formatPlural } from '../../util/format-count.ts';
import type { CheckRecord } from './check-record.ts';
import type { GpuFacts } from './describe-gpu.ts';
import { PIECE_TITLES, type PieceName } from './piece-names.ts';

/** The outcome of `cl-doctor --gpu-check`, as `--json` prints it. */
export interface GpuCheck {
  readonly kind: 'gpu-check';
  readonly ok: boolean;
  /** Whether the CPU stood in for the GPU. */
  readonly rehearsal: boolean;
  readonly date: string;
  readonly seconds: number;
  readonly found: GpuFacts;
  readonly checks: readonly CheckRecord[];
}

function factLines({ found }: GpuCheck): string[] {
  const { driver, cudaOfDriver, cuda, cudnn } = found;
  const cards = found.cards.map(
    ({ name, memoryMiB, usedMiB, computeCapability, isFirst }) =>
      `card          ${name}, ${memoryMiB} MiB (${usedMiB} in use), compute capability ${computeCapability}${isFirst ? '; computes' : '; not used'}`,
  );
  return [
    ...(cards.length > 0 ? cards : ['card          none']),
    `driver        ${driver === undefined ? 'none' : `${driver}, for CUDA up to ${cudaOfDriver ?? 'unknown'}`}`,
    `TensorFlow    ${found.tensorflow}, ${found.build}${cuda === undefined ? '' : `; CUDA ${cuda}, cuDNN ${cudnn ?? 'unknown'}`}`,
    `machine       ${found.processor}, ${formatPlural(found.cores, 'core')}, ${found.memoryGiB} GiB; Node ${found.node}`,
  ];
}

function value(measured: number | string): string {
  if (typeof measured === 'string') return measured;
  return Number.isInteger(measured) ? String(measured) : measured.toExponential(1);
}

/** A check in words: what was measured, and what it may be. */
export function checkLine({ measured, limit }: CheckRecord): string {
  return typeof measured === 'number' ? `${value(measured)}, at most ${value(limit)}` : measured;
}

function checkLines(checks: readonly CheckRecord[]): string[] {
  const width = Math.max(...checks.map(({ name }) => name.length));
  return checks.flatMap((check, i) => {
    const { ok, name, limit, note, piece } = check;
    const begins = checks[i - 1]?.piece !== piece;
    const mark = ok ? 'ok      ' : 'FAILED  ';
    const indent = ' '.repeat(mark.length + width + 2);
    return [
      ...(begins ? ['', PIECE_TITLES[piece as PieceName] ?? piece] : []),
      `${mark}${name.padEnd(width)}  ${checkLine(check)}`,
      ...(ok || typeof limit === 'number' ? [] : [`${indent}expected: ${limit}`]),
      ...(ok || note === undefined ? [] : [`${indent}${note}`]),
    ];
  });
}

function summary({ checks, rehearsal, seconds }: GpuCheck): string {
  const failed = checks.filter(({ ok }) => !ok).length;
  const counted = failed === 0 ? `All ${checks.length} checks passed` : `${failed} of ${checks.length} checks failed`;
  const where = rehearsal ? ' in a rehearsal on the CPU: nothing of this was computed on a GPU' : '';
  return `${counted}${where} (${Math.round(seconds)} s).`;
}

/** The outcome as a table for a terminal. */
export function formatGpuCheck(check: GpuCheck): string {
  return [...factLines(check), ...checkLines(check.checks), '', summary(check), ''].join('\n');
}
