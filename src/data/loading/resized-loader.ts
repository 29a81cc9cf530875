import pLimit from 'p-limit';
import { type CropTarget, decodeResized } from '../pixels/crops.ts';
import { type SkippedImage, trackBadImages } from '../sources/bad-images.ts';
import { forEachRow, type StreamOptions } from './streaming.ts';

/** Whole images resized for evaluation. */
export interface ResizedBatch {
  /** uint8 [indices.length, size, size, 3]. */
  readonly images: Uint8Array;
  /** The images asked for, without bad ones. */
  readonly indices: Uint32Array;
}

/** Creates a loader of whole images, resized and centre-cropped as `decodeResized` says; bad ones are left out. */
export function createResizedLoader(options: StreamOptions & CropTarget): {
  load(indices: ArrayLike<number>, signal?: AbortSignal): Promise<ResizedBatch>;
  skipped(): SkippedImage[];
} {
  const { source, size, interpolation } = options;
  const limit = pLimit(options.concurrency ?? 8);
  const bad = trackBadImages(source, options.maxBadShare, options.onBad);
  const stride = size * size * 3;
  return {
    async load(indices, signal) {
      const images = new Uint8Array(indices.length * stride);
      const isGood = new Uint8Array(indices.length);
      await forEachRow(limit, indices.length, signal, async (row) => {
        const index = indices[row] as number;
        try {
          images.set(await decodeResized(await source.read(index), size, interpolation), row * stride);
          isGood[row] = 1;
        } catch (error) {
          bad.note(index, error);
        }
      });
      const rows = Array.from(isGood.keys()).filter((row) => isGood[row] === 1);
      for (const [place, row] of rows.entries()) images.copyWithin(place * stride, row * stride, (row + 1) * stride);
      return {
        images: images.subarray(0, rows.length * stride),
        indices: Uint32Array.from(rows, (row) => indices[row] as number),
      };
    },
    skipped: bad.list,
  };
}
