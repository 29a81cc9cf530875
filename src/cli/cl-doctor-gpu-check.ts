import { formatGpuCheck } from '../run/gpu-check/gpu-check-text.ts';
import { PIECE_NAMES, type PieceName } from '../run/gpu-check/piece-names.ts';
import { UserError } from '../util/errors.ts';
import { tell } from '../util/notices.ts';
import { findNvidiaDriver } from '../util/nvidia-driver.ts';
import { locateTensorflow } from '../util/tensorflow-folder.ts';
import { checkLibraries } from '../util/tensorflow-library.ts';
import { writeText } from '../util/write-text.ts';
import { choice, flag } from './option-kinds.ts';
import { runtimeEnvironment } from './relaunch.ts';

/** `cl-doctor --gpu-check` and what belongs to it; the last is what it calls itself with, for a piece. */
export const GPU_CHECK_OPTIONS = {
  gpuCheck: flag(
    '--gpu-check',
    'compare what the GPU computes with what the CPU does, and try its limits: minutes',
  ).conflicts(['install', 'bundle']),
  rehearse: flag('--rehearse', 'with --gpu-check: the CPU in place of the GPU, in tiny sizes'),
  piece: choice('--gpu-check-piece <name>', '', PIECE_NAMES).hideHelp(),
} as const;

/** What of the command line decides about the check. */
interface GpuCheckChoice {
  readonly gpuCheck: boolean;
  readonly gpuCheckPiece?: PieceName | undefined;
  readonly rehearse: boolean;
  readonly json: boolean;
}

/**
 * Does what the command line asks of the check; says whether it asked for any.
 *
 * @throws UserError as {@link checkGpu}, and (exit 2) for a rehearsal of nothing.
 */
export async function tryGpuCheck(options: GpuCheckChoice, signal: AbortSignal): Promise<boolean> {
  const { gpuCheck, gpuCheckPiece, rehearse } = options;
  if (gpuCheckPiece !== undefined) await printPiece(gpuCheckPiece, rehearse);
  else if (gpuCheck) await checkGpu(options, signal);
  else if (rehearse) {
    throw new UserError('--rehearse: expected --gpu-check with it, which is what can be rehearsed', {
      ...{ exitCode: 2, hint: 'cl-doctor --gpu-check --rehearse' },
    });
  } else return false;
  return true;
}

/** Makes a piece of the check in this process, and prints each of its checks as a line of JSON. */
async function printPiece(piece: PieceName, rehearses: boolean): Promise<void> {
  const { runPiece } = await import('../run/gpu-check/run-piece.ts');
  for await (const record of runPiece(piece, { rehearses })) process.stdout.write(`${JSON.stringify(record)}\n`);
}

/**
 * Checks the GPU and prints what was found.
 *
 * @throws UserError when there is no driver, no TensorFlow, or a check failed; the signal's reason.
 */
async function checkGpu(
  { json, rehearse }: Pick<GpuCheckChoice, 'json' | 'rehearse'>,
  signal: AbortSignal,
): Promise<void> {
  if (!rehearse && findNvidiaDriver() === undefined) {
    throw new UserError('Expected a GPU to check, but this machine shows no NVIDIA driver.', {
      hint: '`cl-doctor` says what is missing; `cl-doctor --gpu-check --rehearse` tries the same checks on the CPU.',
    });
  }
  checkLibraries(locateTensorflow());
  const { runGpuCheck } = await import('../run/gpu-check/gpu-check.ts');
  const [program = ''] = process.argv.slice(1);
  const check = await runGpuCheck({
    ...{ rehearses: rehearse, signal },
    commandOf: (piece) => ({
      file: process.execPath,
      args: [...process.execArgv, program, '--gpu-check-piece', piece, ...(rehearse ? ['--rehearse'] : [])],
      environment: runtimeEnvironment(process.env),
    }),
    onRecord: ({ piece, name, ok, seconds }) =>
      tell(`${piece}: ${name}: ${ok ? 'ok' : 'FAILED'} (${seconds.toFixed(1)} s)`),
  });
  if (json) process.stdout.write(`${JSON.stringify(check, undefined, 2)}\n`);
  else writeText(process.stdout, formatGpuCheck(check));
  const failed = check.checks.filter(({ ok }) => !ok);
  if (failed.length > 0)
    throw new UserError(`${failed.length} of ${check.checks.length} checks failed: ${failed[0]?.name}`, {
      hint: 'Send the output of `cl-doctor --gpu-check --json` with an issue of the project (docs/gpu.md).',
    });
}
