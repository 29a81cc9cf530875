import type { Interpolation } from '../../config/view-settings.ts';

/** Pillow's fixed point: 8 bits of pixel, 2 of headroom, the rest for the weight. */
const PRECISION_BITS = 22;

const triangle = (x: number): number => Math.max(0, 1 - Math.abs(x));

/** Keys' cubic with a = -0.5, as Pillow and torchvision's antialiased resize have it. */
function cubic(x: number): number {
  const d = Math.abs(x);
  if (d < 1) return (1.5 * d - 2.5) * d * d + 1;
  if (d < 2) return ((-0.5 * d + 2.5) * d - 4) * d + 2;
  return 0;
}

/** Where the weights of an axis lie, in bytes: each output's first input, its number of inputs, and `taps` weights. */
export interface Axis {
  readonly taps: number;
  readonly first: number;
  readonly counts: number;
  readonly weights: number;
  readonly end: number;
}

/** Lays out the memory of an axis from an offset on. */
export function layAxis(
  start: number,
  { extent }: Stretch,
  { count: to, all }: Outputs,
  interpolation: Interpolation,
): Axis {
  const radius = (interpolation === 'bilinear' ? 1 : 2) * Math.max(extent / all, 1);
  const taps = Math.ceil(radius) * 2 + 1;
  const [first, counts, weights] = [start, start + to * 4, start + to * 8];
  return { taps, first, counts, weights, end: weights + to * taps * 4 };
}

/** A stretch of `extent` pixels that begins `offset` pixels, less than one, after the first of `from` pixels. */
export interface Stretch {
  readonly from: number;
  readonly offset: number;
  readonly extent: number;
}

/** Some outputs of an axis in a row: the first, how many, and how many there would be in all. */
export interface Outputs {
  readonly start: number;
  readonly count: number;
  readonly all: number;
}

/** Writes Pillow's weights, the first inputs in units of `unit`; returns the first input that is read, and the end. */
export function writeAxis(
  buffer: ArrayBuffer,
  { taps, first, counts, weights }: Axis,
  { from, offset, extent }: Stretch,
  { start: firstOutput, count: to, all }: Outputs,
  interpolation: Interpolation,
  unit: number,
): readonly [start: number, end: number] {
  const kernel = interpolation === 'bilinear' ? triangle : cubic;
  const scale = extent / all;
  const stretch = Math.max(scale, 1);
  const support = (interpolation === 'bilinear' ? 1 : 2) * stretch;
  const firsts = new Int32Array(buffer, first, to);
  const lengths = new Int32Array(buffer, counts, to);
  const values = new Int32Array(buffer, weights, to * taps);
  const exact = new Float64Array(taps);
  for (let i = 0; i < to; i++) {
    const centre = offset + (firstOutput + i + 0.5) * scale;
    const start = Math.max(0, Math.trunc(centre - support + 0.5));
    const count = Math.min(from, Math.trunc(centre + support + 0.5)) - start;
    let sum = 0;
    for (let k = 0; k < count; k++) {
      const weight = kernel((k + start - centre + 0.5) * (1 / stretch));
      exact[k] = weight;
      sum += weight;
    }
    firsts[i] = start * unit;
    lengths[i] = count;
    for (let k = 0; k < count; k++) {
      const scaled = ((exact[k] as number) / sum) * 2 ** PRECISION_BITS;
      values[i * taps + k] = Math.trunc(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
    }
  }
  const last = to - 1;
  return [(firsts[0] as number) / unit, (firsts[last] as number) / unit + (lengths[last] as number)];
}
