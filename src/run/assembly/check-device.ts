import type { SessionOptions } from '../../runtime/session-settings.ts';
import { UserError } from '../../util/errors.ts';
import { findNvidiaDriver } from '../../util/nvidia-driver.ts';

/** Throws a UserError (exit 2) when a GPU is asked for and this machine shows no driver of one. */
export function checkDevice(device: SessionOptions['device']): void {
  if (device !== 'gpu' || findNvidiaDriver() !== undefined) return;
  throw new UserError('Expected a GPU (device: gpu), but this machine shows no NVIDIA driver.', {
    hint: 'Run `cl-doctor` to see what is missing, or set `device: cpu`.',
    exitCode: 2,
  });
}
