import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resample, resampleMatrices } from '../../src/augment/resample-matrices.ts';
import type { Interpolation } from '../../src/config/view-settings.ts';
import { float32, type HostTensor } from '../../src/runtime/host-tensor.ts';
import { runOnce } from '../../src/runtime/run-once.ts';
import { type Tensor, tf } from '../../src/runtime/tf.ts';
import { randomImages } from './settings.ts';
import { expectClose, type ImageChw, readVectors, repeat, toImages } from './vectors.ts';

interface CropCase {
  readonly image: 'a' | 'b';
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
  readonly size: readonly [number, number];
  readonly interpolation: Interpolation;
  readonly antialias: boolean;
  readonly expected: ImageChw;
}

interface Crops {
  readonly size: readonly [number, number];
  /** top, left, height, width, flip of each view. */
  readonly boxes: readonly (readonly [number, number, number, number, number])[];
  readonly interpolation: Interpolation;
  readonly antialias: boolean;
}

const vectors = readVectors<{ images: Record<'a' | 'b', ImageChw>; cases: readonly CropCase[] }>('resized_crop');

/** Crops of images [b, h, w, 3] as [n, s, s, 3]. */
async function crop(images: HostTensor, { size, boxes, interpolation, antialias }: Crops): Promise<HostTensor> {
  const [, height = 0, width = 0] = images.shape;
  const { value } = await runOnce(
    (inputs) => {
      const [top, left, boxHeight, boxWidth, flip] = tf.unstack(inputs['boxes'] as Tensor, 1) as [
        Tensor,
        Tensor,
        Tensor,
        Tensor,
        Tensor,
      ];
      const resampling = { interpolation, antialias };
      const rows = resampleMatrices({ start: top, extent: boxHeight }, height, size[0], resampling);
      const columns = resampleMatrices({ start: left, extent: boxWidth, flip }, width, size[1], resampling);
      const planar = tf.transpose(inputs['images'] as Tensor, [0, 3, 1, 2]);
      return tf.transpose(resample(planar, rows, columns), [0, 2, 3, 1]);
    },
    { images, boxes },
  );
  return value as HostTensor;
}

/** Mirrors images [n, h, w, c] from left to right. */
function mirrored({ data, shape }: HostTensor): HostTensor {
  const [n = 0, h = 0, w = 0, c = 0] = shape;
  const values = Float32Array.from(data, (_, i) => {
    const channel = i % c;
    const column = Math.floor(i / c) % w;
    const row = Math.floor(i / (c * w));
    return data[(row * w + (w - 1 - column)) * c + channel] ?? Number.NaN;
  });
  return float32(values, [n, h, w, c]);
}

describe('resample', () => {
  it('has all 20 of torchvision’s cases to compare with', () => {
    expect(vectors.cases).toHaveLength(20);
  });

  it.each(vectors.cases)(
    'crops $height x $width at $top,$left of $image to $size ($interpolation, antialias $antialias)',
    async ({ image, top, left, height, width, expected, ...how }) => {
      const box = [top, left, height, width, 0] as const;
      expectClose(await crop(repeat(vectors.images[image], 1), { ...how, boxes: [box] }), toImages([expected]));
    },
  );

  it.each(['bilinear', 'bicubic'] as const)('copies the whole image bit for bit (%s)', async (interpolation) => {
    const images = randomImages(2, 6, 6);
    for (const antialias of [true, false]) {
      const boxes = [
        [0, 0, 6, 6, 0],
        [0, 0, 6, 6, 0],
      ] as const;
      const copies = await crop(images, { size: [6, 6], boxes, interpolation, antialias });
      expect(copies.data).toEqual(images.data);
    }
  });

  it('mirrors a crop', async () => {
    const images = randomImages(1, 7, 9);
    const how = { size: [5, 5], interpolation: 'bicubic', antialias: true } as const;
    const plain = await crop(images, { ...how, boxes: [[1, 2, 6, 5, 0]] });
    const flipped = await crop(images, { ...how, boxes: [[1, 2, 6, 5, 1]] });
    expectClose(flipped, mirrored(plain), 1e-6);
    expectClose(mirrored(mirrored(plain)), plain, 0);
  });

  it('takes view i from image i % b', async () => {
    const images = randomImages(2, 4, 4);
    const boxes = Array.from({ length: 6 }, () => [0, 0, 4, 4, 0] as const);
    const views = await crop(images, { size: [4, 4], boxes, interpolation: 'bilinear', antialias: true });
    expect([...views.data]).toEqual([...images.data, ...images.data, ...images.data]);
  });

  it('keeps constants and never mixes in pixels outside the box', async () => {
    const box = fc
      .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }))
      .chain(([h, w]) =>
        fc.tuple(
          fc.integer({ min: 0, max: 9 - h }),
          fc.integer({ min: 0, max: 9 - w }),
          fc.constant(h),
          fc.constant(w),
        ),
      );
    const boxes = fc.array(box, { minLength: 12, maxLength: 12 });
    const interpolation = fc.constantFrom<Interpolation>('bilinear', 'bicubic');
    await fc.assert(
      fc.asyncProperty(boxes, interpolation, fc.boolean(), fc.integer({ min: 1, max: 12 }), async (...drawn) => {
        const [rectangles, kind, antialias, size] = drawn;
        // 0.5 inside each box and huge values outside it.
        const values = rectangles.flatMap(([top, left, height, width]) =>
          Array.from({ length: 9 * 9 * 3 }, (_, i) => {
            const row = Math.floor(i / 27);
            const column = Math.floor(i / 3) % 9;
            return row >= top && row < top + height && column >= left && column < left + width ? 0.5 : 1e6;
          }),
        );
        const { data } = await crop(float32(values, [rectangles.length, 9, 9, 3]), {
          size: [size, size],
          boxes: rectangles.map(([top, left, height, width]) => [top, left, height, width, 1] as const),
          interpolation: kind,
          antialias,
        });
        for (const value of data) expect(value).toBeCloseTo(0.5, 5);
      }),
      { numRuns: 12, seed: 1 },
    );
  });
});
