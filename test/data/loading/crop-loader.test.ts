import { describe, expect, it } from 'vitest';
import { decodeCrops } from '../../../src/data/pixels/crops.ts';
import { boxesFor, cropLoader, firstEpoch } from '../crop-settings.ts';
import { mixedImages } from './mixed-images.ts';

const target = { size: 8, interpolation: 'bilinear' } as const;
const options = { groups: [{ ...target, views: 2 }], maxBadShare: 0.2 } as const;

describe('createCropLoader', () => {
  it('puts all first views before all second views, whatever the concurrency', async () => {
    const images = await mixedImages();
    const indices = [7, 0, 19, 12];
    const results = await Promise.all(
      [1, 3, 16].map((concurrency) =>
        cropLoader({ ...options, source: images, concurrency }).load(indices, firstEpoch),
      ),
    );
    const boxes = boxesFor(options.groups);
    for (const { crops, indices: used } of results) {
      const [pixels = new Uint8Array()] = crops;
      expect([...used]).toEqual(indices);
      expect(pixels.length).toBe(2 * 4 * 8 * 8 * 3);
      for (const [row, index] of indices.entries()) {
        const wanted = await decodeCrops(await images.read(index), (h, w) => boxes(index, h, w), [target, target]);
        for (const view of [0, 1]) {
          const start = (view * 4 + row) * 192;
          expect(Buffer.from(pixels.subarray(start, start + 192)).equals(wanted[view] as Uint8Array)).toBe(true);
        }
      }
    }
  });

  it('makes views of several sizes from one read, each group as it would be alone', async () => {
    const images = await mixedImages([]);
    const large = { views: 2, size: 8, interpolation: 'bilinear' } as const;
    const small = { views: 3, size: 5, interpolation: 'bicubic' } as const;
    let reads = 0;
    const counted = {
      ...images,
      read: (index: number) => {
        reads++;
        return images.read(index);
      },
    };
    const { crops } = await cropLoader({ source: counted, groups: [large, small] }).load([7, 0], firstEpoch);
    expect(reads).toBe(2);
    expect(crops.map(({ length }) => length)).toEqual([2 * 2 * 192, 3 * 2 * 75]);
    for (const [i, group] of [large, small].entries()) {
      const alone = await cropLoader({ source: images, groups: [group] }).load([7, 0], firstEpoch);
      expect(crops[i]).toEqual(alone.crops[0]);
    }
  });

  it('puts the next good image in the place of a bad one, and reports it once', async () => {
    const images = await mixedImages([3, 4, 19]);
    const found: string[] = [];
    const loader = cropLoader({ ...options, source: images, onBad: ({ name }) => found.push(name) });
    const first = await loader.load([3, 1, 19], firstEpoch);
    const again = await loader.load([3, 1, 19], firstEpoch);
    expect([...first.indices]).toEqual([5, 1, 0]);
    expect(again).toEqual(first);
    expect(found.sort()).toEqual(['03.png', '04.png', '19.png']);
    expect(loader.skipped().map(({ index, reason }) => [index, reason])).toEqual(
      [3, 4, 19].map((index) => [index, 'is text, not a JPEG, PNG or WebP']),
    );
  });

  it('fails when too many are bad, or when it is called off', async () => {
    const loader = cropLoader({ ...options, source: await mixedImages([0, 1, 2, 3, 4]) });
    await expect(loader.load([0, 1, 2, 3, 4, 5], firstEpoch)).rejects.toMatchObject({
      name: 'UserError',
      message: expect.stringContaining('got 5 of 20'),
    });
    const images = await mixedImages([]);
    const good = cropLoader({ ...options, source: images });
    await expect(good.load([0, 1], firstEpoch, AbortSignal.abort(new Error('stopped')))).rejects.toThrow('stopped');
    await expect(cropLoader({ ...options, source: images }, { groups: [] }).load([0], firstEpoch)).rejects.toThrow(
      'expected 2 boxes, got 0',
    );
  });

  it('fails when its threads end', async () => {
    const images = await mixedImages([]);
    const loader = cropLoader({ ...options, source: images, concurrency: 1 });
    const failed = expect(loader.load([0, 1, 2], firstEpoch)).rejects.toThrow(/ha(s|ve) ended/);
    await loader.close();
    await failed;
    const broken = cropLoader({ ...options, source: images }, { targets: undefined as never });
    await expect(broken.load([0], firstEpoch)).rejects.toThrow();
  });

  it('sends no more than the image where its bytes lie within others', async () => {
    const images = await mixedImages([]);
    const around = new Uint8Array(5000);
    const read = async (index: number) => {
      const bytes = (await images.read(index)) as Uint8Array;
      around.set(bytes, 100);
      return around.subarray(100, 100 + bytes.length);
    };
    const within = cropLoader({ ...options, source: { ...images, read }, concurrency: 1 });
    const { crops } = await within.load([3], firstEpoch);
    expect(crops).toEqual((await cropLoader({ ...options, source: images }).load([3], firstEpoch)).crops);
  });
});
