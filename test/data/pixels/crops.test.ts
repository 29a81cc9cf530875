import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodeCrops, decodeResized } from '../../../src/data/pixels/crops.ts';
import { decodeRgb } from '../../../src/data/pixels/decode.ts';
import { type Box, resampleBox } from '../../../src/data/pixels/resample.ts';
import { randomStream } from '../../../src/util/rng.ts';

/** A photo-like JPEG: smooth shapes and grain. */
async function largeJpeg(height: number, width: number, orientation?: number): Promise<Uint8Array> {
  const random = randomStream(3);
  const small = Uint8Array.from({ length: 24 * 32 * 3 }, () => random.integer(256));
  const grain = Uint8Array.from({ length: 150 * 200 * 3 }, () => 96 + random.integer(64));
  const fine = await sharp(grain, { raw: { width: 200, height: 150, channels: 3 } })
    .resize(width, height, { fit: 'fill' })
    .png()
    .toBuffer();
  const image = sharp(small, { raw: { width: 32, height: 24, channels: 3 } })
    .resize(width, height, { fit: 'fill' })
    .composite([{ input: fine, blend: 'soft-light' }])
    .jpeg({ quality: 95 });
  return (orientation === undefined ? image : image.withMetadata({ orientation })).toBuffer();
}

/** The mean and the largest difference of two images in levels of 255. */
function difference(a: Uint8Array, b: Uint8Array): { mean: number; most: number } {
  const differences = a.map((value, i) => Math.abs(value - (b[i] as number)));
  return { mean: differences.reduce((x, y) => x + y, 0) / a.length, most: Math.max(...differences) };
}

const exactCrop = async (bytes: Uint8Array, box: Box, size: number): Promise<Uint8Array> =>
  resampleBox(await decodeRgb(bytes), box, { height: size, width: size }, 'bicubic');

describe('large JPEGs', () => {
  // Odd places, and sides below that leave a part of a square over.
  const box = { top: 141, left: 87, height: 1203, width: 1511 };

  it.each([
    [64, 1499, 2003],
    [64, 1504, 2000],
    [128, 1501, 2001],
    [128, 1500, 2004],
  ])('crops to %i pixels differ by little from those of the whole image (%i x %i)', async (size, height, width) => {
    const jpeg = await largeJpeg(height, width);
    const [crop = new Uint8Array()] = await decodeCrops(jpeg, () => [box], [{ size, interpolation: 'bicubic' }]);
    const wanted = await exactCrop(jpeg, box, size);
    const close = difference(crop, wanted);
    expect(close.mean).toBeGreaterThan(0);
    expect(close.mean).toBeLessThan(0.8);
    expect(close.most).toBeLessThan(16);
    // A shift by a quarter of a pixel is told apart.
    const shifted = await exactCrop(jpeg, { ...box, left: box.left + Math.round(1511 / size / 4) }, size);
    expect(difference(shifted, wanted).mean).toBeGreaterThan(1.5 * close.mean);
  });

  it('are decoded whole where a crop shrinks by less', async () => {
    const jpeg = await largeJpeg(1501, 2003);
    const smaller = { top: 700, left: 900, height: 500, width: 700 };
    const targets = [128, 128].map((size) => ({ size, interpolation: 'bicubic' as const }));
    const crops = await decodeCrops(jpeg, () => [box, smaller], targets);
    for (const [i, each] of [box, smaller].entries()) expect(crops[i]).toEqual(await exactCrop(jpeg, each, 128));
  });

  it('are decoded whole where a part of a square could not be told where it is', async () => {
    const target = [{ size: 64, interpolation: 'bicubic' as const }];
    for (const [height, width, orientation, isExact] of [
      [1501, 2003, 6, true],
      [1501, 2000, 6, true],
      [1504, 2000, 6, false],
      [1500, 2000, 6, false],
      [1503, 2001, undefined, true],
    ] as const) {
      const jpeg = await largeJpeg(height, width, orientation);
      const turned = { top: 10, left: 20, height: 1400, width: 1300 };
      const [crop = new Uint8Array()] = await decodeCrops(jpeg, () => [turned], target);
      const { mean } = difference(crop, await exactCrop(jpeg, turned, 64));
      expect(mean === 0).toBe(isExact);
      expect(mean).toBeLessThan(0.8);
    }
  });

  it('are evaluated at their full size', async () => {
    const jpeg = await largeJpeg(1501, 2001);
    const decoded = await decodeRgb(jpeg);
    for (const size of [32, 96]) {
      const view = await decodeResized(jpeg, size, 'bicubic');
      expect(view).toEqual(await decodeResized(decoded, size, 'bicubic'));
    }
  });
});

it('boxes may begin and end within pixels', () => {
  // A ramp of 8 levels a pixel: bilinear sampling away from the borders gives its value at the place.
  const image = {
    data: Uint8Array.from({ length: 30 * 30 * 3 }, (_, i) => 8 * (Math.floor(i / 3) % 30)),
    height: 30,
    width: 30,
  };
  const box = { top: 3.25, left: 4.75, height: 20, width: 20 };
  const out = resampleBox(image, box, { height: 20, width: 20 }, 'bilinear');
  for (let x = 1; x < 19; x++) expect(out[(5 * 20 + x) * 3]).toBe(8 * (x + 4.75));
});
