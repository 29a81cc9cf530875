import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Interpolation } from '../../../src/config/view-settings.ts';
import { type Box, type RgbImage, resampleBox, resamplePart } from '../../../src/data/pixels/resample.ts';

const KERNELS: Record<Interpolation, { radius: number; weigh: (x: number) => number }> = {
  bilinear: { radius: 1, weigh: (x) => Math.max(0, 1 - Math.abs(x)) },
  bicubic: {
    radius: 2,
    weigh: (x) => {
      const d = Math.abs(x);
      if (d < 1) return 1.5 * d ** 3 - 2.5 * d ** 2 + 1;
      return d < 2 ? -0.5 * d ** 3 + 2.5 * d ** 2 - 4 * d + 2 : 0;
    },
  },
};

/** One line of values resized as Pillow's ImagingResample does: weights in 22 bits, sums clamped to bytes. */
function resizeLine(line: readonly number[], to: number, interpolation: Interpolation): number[] {
  const { radius, weigh } = KERNELS[interpolation];
  const scale = line.length / to;
  const stretch = Math.max(1, scale);
  return Array.from({ length: to }, (_, i) => {
    const centre = (i + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - radius * stretch + 0.5));
    const last = Math.min(line.length, Math.trunc(centre + radius * stretch + 0.5));
    const weights = line.slice(first, last).map((_, k) => weigh((first + k - centre + 0.5) * (1 / stretch)));
    const total = weights.reduce((a, b) => a + b, 0);
    const fixed = weights.map((w) => Math.trunc((w / total) * 2 ** 22 + (w < 0 ? -0.5 : 0.5)));
    const sum = fixed.reduce((a, w, k) => a + w * (line[first + k] as number), 2 ** 21);
    return Math.min(255, Math.max(0, Math.floor(sum / 2 ** 22)));
  });
}

/** The crop's rows and then its columns, or as Pillow 13 the other way round where the height shrinks by far more. */
function resizeSlowly(image: RgbImage, box: Box, [height, width]: readonly [number, number], kind: Interpolation) {
  const at = (y: number, x: number, c: number): number =>
    image.data[((box.top + y) * image.width + box.left + x) * 3 + c] as number;
  const transposed = (lines: readonly number[][]): number[][] =>
    (lines[0] as number[]).map((_, i) => lines.map((line) => line[i] as number));
  const resized = (lines: readonly number[][], to: number): number[][] =>
    lines.map((line) => resizeLine(line, to, kind));
  const isHeightFirst = height < box.height && box.height - height > 2 * (box.width - width);
  const out = new Uint8Array(height * width * 3);
  for (let c = 0; c < 3; c++) {
    const plane = Array.from({ length: box.height }, (_, y) =>
      Array.from({ length: box.width }, (_, x) => at(y, x, c)),
    );
    const rows = isHeightFirst
      ? resized(transposed(resized(transposed(plane), height)), width)
      : transposed(resized(transposed(resized(plane, width)), height));
    for (const [y, row] of rows.entries()) {
      for (const [x, value] of row.entries()) out[(y * width + x) * 3 + c] = value;
    }
  }
  return out;
}

/** Hard edges, which make cubic kernels overshoot on both sides. */
function speckled(height: number, width: number): RgbImage {
  const data = Uint8Array.from({ length: height * width * 3 }, (_, i) => {
    const hash = Math.imul(i + 1, 0x9e3779b1) >>> 24;
    return hash < 64 ? 0 : hash > 192 ? 255 : hash;
  });
  return { data, height, width };
}

it('equals the slow definition for any crop and size', () => {
  const side = fc.integer({ min: 1, max: 40 });
  fc.assert(
    fc.property(
      fc.record({ height: side, width: side, top: fc.nat(9), left: fc.nat(9), below: fc.nat(5), beside: fc.nat(5) }),
      fc.tuple(side, side),
      fc.constantFrom<Interpolation>('bilinear', 'bicubic'),
      ({ top, left, height, width, below, beside }, [toHeight, toWidth], interpolation) => {
        const image = speckled(top + height + below, left + width + beside);
        const box = { top, left, height, width };
        const got = resampleBox(image, box, { height: toHeight, width: toWidth }, interpolation);
        expect(Buffer.from(got).equals(resizeSlowly(image, box, [toHeight, toWidth], interpolation))).toBe(true);
      },
    ),
    { numRuns: 150 },
  );
});

it('makes a part of a resized crop as the whole has it', () => {
  const side = fc.integer({ min: 1, max: 40 });
  const places = fc.tuple(fc.nat(39), fc.nat(39), side, side);
  fc.assert(
    fc.property(
      fc.tuple(side, side, side, side),
      places,
      fc.constantFrom<Interpolation>('bilinear', 'bicubic'),
      ([height, width, toHeight, toWidth], [y, x, rows, columns], interpolation) => {
        const image = speckled(height + 2, width + 3);
        const box = { top: 1, left: 2, height, width };
        const size = { height: toHeight, width: toWidth };
        const [top, left] = [y % toHeight, x % toWidth];
        const part = { top, left, height: Math.min(rows, toHeight - top), width: Math.min(columns, toWidth - left) };
        const whole = { data: resampleBox(image, box, size, interpolation), ...size };
        const wanted = resampleBox(whole, part, part, interpolation);
        expect([...resamplePart(image, box, size, part, interpolation)]).toEqual([...wanted]);
      },
    ),
    { numRuns: 150 },
  );
});

it('goes through crops larger than its working memory in strips', () => {
  // 5.4 MB of pixels: more than one strip; then 72 MB, whose memory is not kept.
  const tall = speckled(1200, 1500);
  const box = { top: 0, left: 0, height: 1200, width: 1500 };
  const [size, kind] = [{ height: 3, width: 4 }, 'bilinear'] as const;
  const wanted = resizeSlowly(tall, box, [3, 4], kind);
  expect([...resampleBox(tall, box, size, kind)]).toEqual([...wanted]);
  // Two strips of columns.
  const upright = speckled(2000, 900);
  const all = { top: 0, left: 0, height: 2000, width: 900 };
  expect([...resampleBox(upright, all, size, kind)]).toEqual([...resizeSlowly(upright, all, [3, 4], kind)]);
  const [flat, side] = [new Uint8Array(4900 * 4900 * 3).fill(77), 4900];
  const grown = resampleBox(
    { data: flat, height: side, width: side },
    { ...box, height: side, width: side },
    { height: 4800, width: 4800 },
    'bicubic',
  );
  expect(grown.every((value) => value === 77)).toBe(true);
  expect([...resampleBox(tall, box, size, kind)]).toEqual([...wanted]);
});

it('writes into given memory', () => {
  const image = speckled(9, 7);
  const box = { top: 1, left: 2, height: 5, width: 4 };
  for (const size of [
    { height: 3, width: 6 },
    { height: 5, width: 4 },
  ]) {
    const out = new Uint8Array(size.height * size.width * 3 + 2);
    const inner = out.subarray(1, -1);
    expect(resampleBox(image, box, size, 'bilinear', inner)).toBe(inner);
    expect([...out]).toEqual([0, ...resampleBox(image, box, size, 'bilinear'), 0]);
  }
});
