import type { SessionOptions } from '../../runtime/session-settings.ts';
import { UserError } from '../../util/errors.ts';
import { diagnoseSigns } from '../../util/gpu/diagnose-signs.ts';
import type { GpuProblemKind } from '../../util/gpu/gpu-problem.ts';
import { readGpuSigns } from '../../util/gpu/gpu-signs.ts';
import { findNvidiaDriver } from '../../util/nvidia-driver.ts';

/** What leaves no doubt that TensorFlow will see no GPU, although there is a driver. */
const CERTAIN: readonly GpuProblemKind[] = ['cpu-build', 'hidden-empty', 'hidden', 'not-allocated', 'driver-too-old'];

/** Throws a UserError (exit 2) when a GPU is asked for and files of this machine tell that there is none to be had. */
export function checkDevice(device: SessionOptions['device']): void {
  if (device !== 'gpu') return;
  const hasDriver = findNvidiaDriver() !== undefined;
  const problems = diagnoseSigns(readGpuSigns());
  const reason = problems.find(({ kind }) =>
    hasDriver ? CERTAIN.includes(kind) : kind !== 'cpu-build' && kind !== 'no-card',
  );
  if (hasDriver && reason === undefined) return;
  const what = hasDriver ? 'TensorFlow will see none' : 'this machine shows no NVIDIA driver';
  const hint = reason === undefined ? 'Run `cl-doctor` to see what is missing, or' : `${reason.hint} Or`;
  throw new UserError(`Expected a GPU (device: gpu), but ${what}${reason ? `: ${reason.problem}` : ''}.`, {
    hint: `${hint} set \`device: cpu\`.`,
    exitCode: 2,
  });
}
