import { describe, expect, it } from 'vitest';
import { createResizedLoader } from '../../../src/data/loading/resized-loader.ts';
import { decodeResized } from '../../../src/data/pixels/crops.ts';
import { mixedImages } from './mixed-images.ts';

const target = { size: 8, interpolation: 'bilinear' } as const;

describe('createResizedLoader', () => {
  it('resizes whole images and leaves bad ones out', async () => {
    const images = await mixedImages();
    const loader = createResizedLoader({ ...target, maxBadShare: 0.2, source: images });
    const { images: pixels, indices } = await loader.load([2, 3, 4, 5]);
    expect([...indices]).toEqual([2, 5]);
    const wanted = await Promise.all(
      [2, 5].map(async (index) => decodeResized(await images.read(index), 8, 'bilinear')),
    );
    expect(Buffer.from(pixels).equals(Buffer.concat(wanted))).toBe(true);
    expect(loader.skipped().map(({ index }) => index)).toEqual([3, 4]);
  });
});
