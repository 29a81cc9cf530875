import { UserError } from '../util/errors.ts';
import { formatBytes } from '../util/format-bytes.ts';
import { formatPlural } from '../util/format-count.ts';

/** Why no linear probe can be fitted to images of these classes, whatever their features; undefined where it can. */
export function probeObstacle(labels: Int32Array): string | undefined {
  return labels.length > 0 && new Set(labels).size === labels.length
    ? 'each class has one training image, so that none is left to choose the penalty on'
    : undefined;
}

/** Bytes that a probe on features [count, width] takes: two copies of them in float64, and three square matrices. */
export function probeBytes(count: number, width: number): number {
  return 8 * (2 * count * (width + 1) + 3 * (width + 1) ** 2);
}

/**
 * Checks that a probe on features [count, width] fits into memory.
 *
 * @throws UserError that says how much is needed and how much there is.
 */
export function checkProbeMemory(count: number, width: number, available = process.availableMemory()): void {
  const needed = probeBytes(count, width);
  if (needed <= available) return;
  throw new UserError(
    `Expected ${formatBytes(needed)} of free memory for a linear probe on ${formatPlural(count, 'image')} with ${formatPlural(width, 'feature')}, got ${formatBytes(available)}.`,
    { hint: 'Use fewer images (data.subsetPerClass), or kNN.' },
  );
}
