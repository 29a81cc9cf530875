import type { Precision } from '../../runtime/precision.ts';

/** How values are multiplied; float32 may go through the 10 bits of TensorFloat-32. */
export type Arithmetic = Precision | 'tf32';

/** Half the distance from 1 to the next number: what rounding changes at most, as a share. */
export const ROUNDOFF = { float32: 2 ** -24, tf32: 2 ** -11, float16: 2 ** -11, bfloat16: 2 ** -8 } as const;

/**
 * What a single function may differ by from the CPU's: the sums of float32 are formed in another order, of up to some
 * thousands of terms; factors with fewer bits are rounded once each. Losses of a network too, which are means.
 */
export const FLOOR = { float32: 1e-5, tf32: 1e-3, float16: 1e-2, bfloat16: 3e-2 } as const;

/**
 * How much more than one rounding of every weight may change a network's result: all that it computes is rounded,
 * forward and backward. On CPUs, half precision, and another order of float32's sums, were seen to change gradients by
 * 0.2 to 1.6 times as much. Convolutions by fast algorithms (Winograd), which cuDNN may take in float32, lose another
 * digit.
 */
const MARGIN = { float32: 16, tf32: 4, float16: 4, bfloat16: 4 } as const;

/** A gradient of nothing but noise has an error of 1 and more: a limit must lie below. */
const MOST = 0.9;

/**
 * What gradients of a network with many ReLUs may differ by: an activation near 0 that rounds to the other sign opens
 * or closes its path. Of the millions of a ResNet some do in every step, and one in its last stage changes a gradient
 * by up to half a hundredth (seen on the CPU, 128 views of 32 pixels). Where the CPU's own weights meet none, the
 * device may.
 */
export const SIGN_CHANGES = 1e-2;

/**
 * What the result of a network may differ by from the CPU's in float32, where moving its weights by one
 * {@link ROUNDOFF} changes it by `spread` on the CPU; never less than `least`, never more than `most`.
 */
export function networkLimit(arithmetic: Arithmetic, spread: number, least = 0, most = MOST): number {
  return Math.min(most, Math.max(FLOOR[arithmetic], MARGIN[arithmetic] * spread, least));
}
