import { UserError } from '../../util/errors.ts';
import { formatBytes } from '../../util/format-bytes.ts';
import { readLimits } from '../../util/machine.ts';

/**
 * Throws a UserError where a checkpoint of so many bytes would be larger than a file that this process may write
 * (`ulimit -f`): it would be found out after hours.
 */
export function checkCheckpointSize(bytes: number): void {
  const { fileSize } = readLimits();
  if (bytes <= fileSize) return;
  throw new UserError(
    `expected a limit of at least ${formatBytes(bytes)} for files of this process, which a checkpoint takes, got ${formatBytes(fileSize)}`,
    { hint: 'Raise it: ulimit -f unlimited.' },
  );
}
