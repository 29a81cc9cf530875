import { UserError } from '../../util/errors.ts';
import { formatBytes } from '../../util/format-bytes.ts';
import { formatCount } from '../../util/format-count.ts';

/** Bytes that an image takes while its label is read, and in the orders of epochs. */
const IMAGE_BYTES = 64;

/**
 * Checks that a file does not claim more images than memory can number: a few bytes can claim any number, and so can a
 * file of which nothing was ever written.
 *
 * @throws UserError (exit code 2) beyond them.
 */
export function requireCountable(count: number, memoryBytes: number, where: string): void {
  const most = Math.floor(memoryBytes / IMAGE_BYTES);
  if (count <= most) return;
  throw new UserError(
    `expected at most ${formatCount(most)} images, as many as ${formatBytes(memoryBytes)} of memory can number, got ${formatCount(count)}: ${where}`,
    { hint: 'Raise data.memoryBudget if there are so many; else the file is damaged: fetch it again.', exitCode: 2 },
  );
}
