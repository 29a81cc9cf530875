/**
 * The inner loops of an antialiased resize, with SIMD: AssemblyScript, compiled to WebAssembly when the project is built.
 *
 * All arguments are byte offsets into the module's memory, which the caller lays out; src/data/pixels/resample.ts says what the
 * weights are. Sums are fixed-point integers as Pillow's, so that results are its bit for bit.
 */

/** Half of the fixed point's unit. */
const ROUNDING: i32 = 1 << 21;
const PRECISION_BITS: i32 = 22;

/**
 * Resizes rows along the width: uint8 [rows, to, 3] from rows of RGB that lie `stride` bytes apart.
 *
 * `first` and `counts` hold the byte offset of the first pixel and the number of pixels of each output, `weights` holds
 * `taps` 32-bit weights for each. Reads one byte, and writes up to one byte, beyond the last pixel.
 */
export function resampleRows(
  source: usize,
  stride: usize,
  rows: i32,
  out: usize,
  to: i32,
  first: usize,
  counts: usize,
  weights: usize,
  taps: i32,
): void {
  const rounding = i32x4.splat(ROUNDING);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < to; x++) {
      let pixel = source + <usize>load<i32>(first + ((<usize>x) << 2));
      let weight = weights + ((<usize>(x * taps)) << 2);
      const end = weight + ((<usize>load<i32>(counts + ((<usize>x) << 2))) << 2);
      let sum = rounding;
      while (weight < end) {
        const rgb = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(pixel)));
        sum = i32x4.add(sum, i32x4.mul(rgb, v128.load32_splat(weight)));
        pixel += 3;
        weight += 4;
      }
      const clamped = narrow(i32x4.shr_s(sum, PRECISION_BITS));
      store<u32>(out, i32x4.extract_lane(clamped, 0));
      out += 3;
    }
    source += stride;
  }
}

/** Four sums as bytes in the lowest lane: what is below 0 becomes 0, above 255 becomes 255. */
function narrow(sums: v128): v128 {
  const words = i16x8.narrow_i32x4_s(sums, sums);
  return i8x16.narrow_i16x8_u(words, words);
}

/**
 * Resizes columns: uint8 [to, stride] from rows of `stride` bytes that lie one after the other.
 *
 * `first` and `counts` hold the first row and the number of rows of each output, `weights` as above. Works on 16 bytes at
 * once: it reads and writes up to 15 bytes beyond the end.
 */
export function resampleColumns(
  source: usize,
  stride: i32,
  out: usize,
  to: i32,
  first: usize,
  counts: usize,
  weights: usize,
  taps: i32,
): void {
  const rounding = i32x4.splat(ROUNDING);
  for (let y = 0; y < to; y++) {
    const rows = load<i32>(counts + ((<usize>y) << 2));
    const top = source + <usize>(load<i32>(first + ((<usize>y) << 2)) * stride);
    const row = weights + ((<usize>(y * taps)) << 2);
    for (let x = 0; x < stride; x += 16) {
      let a = rounding;
      let b = rounding;
      let c = rounding;
      let d = rounding;
      let bytes = top + <usize>x;
      for (let k = 0; k < rows; k++) {
        const weight = v128.load32_splat(row + ((<usize>k) << 2));
        const pixels = v128.load(bytes);
        const low = i16x8.extend_low_i8x16_u(pixels);
        const high = i16x8.extend_high_i8x16_u(pixels);
        a = i32x4.add(a, i32x4.mul(i32x4.extend_low_i16x8_u(low), weight));
        b = i32x4.add(b, i32x4.mul(i32x4.extend_high_i16x8_u(low), weight));
        c = i32x4.add(c, i32x4.mul(i32x4.extend_low_i16x8_u(high), weight));
        d = i32x4.add(d, i32x4.mul(i32x4.extend_high_i16x8_u(high), weight));
        bytes += stride;
      }
      v128.store(
        out + <usize>x,
        i8x16.narrow_i16x8_u(
          i16x8.narrow_i32x4_s(i32x4.shr_s(a, PRECISION_BITS), i32x4.shr_s(b, PRECISION_BITS)),
          i16x8.narrow_i32x4_s(i32x4.shr_s(c, PRECISION_BITS), i32x4.shr_s(d, PRECISION_BITS)),
        ),
      );
    }
    out += stride;
  }
}
