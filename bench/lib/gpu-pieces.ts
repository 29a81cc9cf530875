import { join } from 'node:path';
import { runtimeEnvironment } from '../../src/cli/relaunch.ts';
import type { CheckRecord } from '../../src/run/gpu-check/check-record.ts';
import { checkPiece } from '../../src/run/gpu-check/gpu-check.ts';
import { PIECE_NAMES, type PieceName } from '../../src/run/gpu-check/piece-names.ts';
import { loopPieces } from './gpu-loop.ts';
import type { GpuContext, GpuPiece } from './gpu-piece.ts';
import { lastJson, runLimited } from './gpu-process.ts';
import { type GpuStep, gpuSteps, peerArguments, productSettings, stepKey } from './gpu-steps.ts';

/** What is kept of a step. */
export interface StepTiming {
  readonly medianSeconds: number;
  readonly viewsPerSecond: number;
  /** From recording to the end of the first step. */
  readonly firstSeconds: number;
  /** On the card, as nvidia-smi tells it: with what an allocator holds in reserve. */
  readonly memoryMiB: number | null;
  /** PyTorch's own figure. */
  readonly reservedMiB?: number | null | undefined;
  readonly parameters: number;
  readonly losses: readonly [first: number, last: number];
  readonly devices: readonly string[];
  readonly version?: string | undefined;
}

/** What a process prints of the steps that it has timed. */
interface Timed extends Omit<StepTiming, 'medianSeconds' | 'viewsPerSecond' | 'losses'> {
  readonly seconds: readonly number[];
  readonly losses: readonly number[];
}

const round = (value: number, digits = 4): number => Number(value.toPrecision(digits));

/** The figures of a step. Throws an Error where a loss is not finite. */
export function summarize({ images }: GpuStep, { seconds, losses, ...timed }: Timed): StepTiming {
  const median = seconds.toSorted((a, b) => a - b)[seconds.length >> 1] ?? Number.NaN;
  const [first = Number.NaN, last = Number.NaN] = [losses[0], losses.at(-1)];
  if (!losses.every(Number.isFinite)) throw new Error(`a loss is not finite: ${losses.slice(0, 8).join(', ')}`);
  return {
    ...{ medianSeconds: round(median), viewsPerSecond: round((2 * images) / median) },
    ...{ firstSeconds: round(timed.firstSeconds), memoryMiB: timed.memoryMiB, parameters: timed.parameters },
    ...{ reservedMiB: timed.reservedMiB, losses: [round(first), round(last)], devices: timed.devices },
    version: timed.version,
  };
}

async function timeStep(step: GpuStep, { rehearses, python }: GpuContext, limitMs: number): Promise<StepTiming> {
  const ended =
    step.side === 'here'
      ? await runLimited(
          process.execPath,
          [join('bench', 'lib', 'gpu-product.mjs'), JSON.stringify(productSettings(step, rehearses))],
          { limitMs },
        )
      : await runLimited(python as string, [join('bench', 'step-peer.py'), ...peerArguments(step, rehearses)], {
          limitMs,
        });
  return summarize(step, lastJson<Timed>(ended));
}

/** What is kept of a piece of the check. */
export interface CheckedPiece {
  readonly ok: boolean;
  readonly checks: readonly CheckRecord[];
}

async function runChecks(piece: PieceName, { rehearses }: GpuContext, limitMs: number): Promise<CheckedPiece> {
  const made: CheckRecord[] = [];
  const signal = AbortSignal.timeout(limitMs);
  const args = [join('bin', 'cl-doctor.js'), '--gpu-check-piece', piece, ...(rehearses ? ['--rehearse'] : [])];
  const command = { file: process.execPath, args, environment: runtimeEnvironment(process.env) };
  try {
    const options = { signal, commandOf: () => command, onRecord: (record: CheckRecord) => void made.push(record) };
    const checks = await checkPiece(piece, options);
    return { ok: checks.every(({ ok }) => ok), checks };
  } catch (error) {
    if (!signal.aborted) throw error;
    const last = made.at(-1);
    throw new Error(`it took longer than ${Math.round(limitMs / 1000)} s, after ${last?.name ?? 'nothing'}`);
  }
}

/** All pieces in the order in which they run, but for those of a PyTorch that is not there. */
export function gpuPieces(context: GpuContext): GpuPiece[] {
  const steps = gpuSteps(context.rehearses);
  const timed = (part: keyof typeof steps): GpuPiece[] =>
    steps[part]
      .filter(({ side }) => side === 'here' || context.python !== undefined)
      .map((step) => ({ key: stepKey(step), part, run: (limitMs) => timeStep(step, context, limitMs) }));
  return [
    ...PIECE_NAMES.map(
      (name): GpuPiece => ({
        key: `checks/${name}`,
        part: 'checks',
        run: (limitMs) => runChecks(name, context, limitMs),
      }),
    ),
    ...(['step', 'peer', 'vary'] as const).flatMap(timed),
    ...loopPieces(context),
    ...timed('methods'),
  ];
}
