/** A number of rows and one of columns. */
export type RowsAndColumns = readonly [rows: number, columns: number];

/** What a filter reads along one axis of an image, as far as pixels are concerned. */
export interface Window {
  /** The first tap that meets a pixel at any position; those before it, and after the last one, read padding alone. */
  readonly first: number;
  /** How many taps there are from the first that meets a pixel to the last. */
  readonly taps: number;
  /** Zeros that these taps read before the first pixel, and after the last. */
  readonly before: number;
  readonly after: number;
}

/** A filter along one axis: `kernel` taps, every `stride` of `size` pixels, with `padding` zeros on both sides. */
export interface Axis {
  readonly size: number;
  readonly kernel: number;
  readonly stride: number;
  readonly padding: number;
}

/** The whole filter, with the zeros that it reads. */
export function wholeWindow(axis: Axis): Window {
  return windowOf(axis, 0, axis.kernel);
}

/** The part of the filter that ever meets a pixel: of 3 taps on 1 pixel with padding 1 the middle one. */
export function trimmedWindow(axis: Axis): Window {
  const { size, kernel, stride, padding } = axis;
  const meets = (tap: number): boolean =>
    Array.from({ length: Math.max(0, positionsOf(axis)) }, (_, i) => i * stride + tap - padding).some(
      (pixel) => pixel >= 0 && pixel < size,
    );
  const taps = Array.from({ length: kernel }, (_, tap) => tap).filter(meets);
  const [first = 0, last = kernel - 1] = [taps[0], taps.at(-1)];
  return windowOf(axis, first, last + 1 - first);
}

function windowOf(axis: Axis, first: number, taps: number): Window {
  const { size, stride, padding } = axis;
  const before = padding - first;
  const reached = (positionsOf(axis) - 1) * stride + taps - before;
  return { first, taps, before, after: Math.max(0, reached - size) };
}

function positionsOf({ size, kernel, stride, padding }: Axis): number {
  return Math.floor((size + 2 * padding - kernel) / stride) + 1;
}
