import type { HostTensor } from '../../runtime/host-tensor.ts';
import { UserError } from '../../util/errors.ts';
import { formatBytes } from '../../util/format-bytes.ts';
import { readLimits } from '../../util/machine.ts';

/**
 * Throws a UserError where a checkpoint of a state would be larger than a file that this process may write
 * (`ulimit -f`): it would be found out after hours.
 */
export function checkCheckpointSize(state: Readonly<Record<string, HostTensor>>): void {
  const { fileSize } = readLimits();
  const bytes = Object.values(state).reduce((sum, { data }) => sum + data.byteLength, 0);
  if (bytes <= fileSize) return;
  throw new UserError(
    `expected a limit of at least ${formatBytes(bytes)} for files of this process, which a checkpoint takes, got ${formatBytes(fileSize)}`,
    { hint: 'Raise it: ulimit -f unlimited.' },
  );
}
