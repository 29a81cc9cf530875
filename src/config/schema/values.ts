import { z } from 'zod';

/** A whole number of at least 1. */
export const count = () => z.int().positive();

/** A probability in [0, 1]. */
export const probability = () => z.number().min(0).max(1);

/** A pair `[low, high]` with `low <= high`, both inside the given bounds. */
export function range(bounds: { min: number; max?: number | undefined; aboveMin?: boolean | undefined }) {
  const lower = bounds.aboveMin ? z.number().gt(bounds.min) : z.number().min(bounds.min);
  const end = bounds.max === undefined ? lower : lower.max(bounds.max);
  return z
    .tuple([end, end], { error: 'expected a list [low, high] of two numbers' })
    .refine(([low, high]) => low <= high, { error: 'expected [low, high] with low <= high' });
}

/** One number for each of red, green and blue. */
export function perChannel(value: z.ZodNumber) {
  return z.tuple([value, value, value], { error: 'expected a list of three numbers, one a channel' });
}

/** `auto`, or a whole number of at least 1. */
export function autoOrCount() {
  return z.union([z.literal('auto'), count()], { error: 'expected "auto" or a whole number of at least 1' });
}
